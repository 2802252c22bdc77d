import type { Readable } from 'node:stream';

/**
 * Reads a body, whatever length was announced.
 *
 * @returns undefined where it has more bytes than that: the rest is not read, and its connection is given up
 */
export async function readUpTo(maxBytes: number, body: Readable): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}
