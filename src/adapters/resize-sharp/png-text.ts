import { asBuffer } from '../../domain/image/bytes.ts';

const SIGNATURE_BYTES = 8;
const [IDAT, ...TEXT] = ['IDAT', 'tEXt', 'zTXt', 'iTXt'].map((type) => Buffer.from(type).readUInt32BE(0));

/**
 * A copy of a PNG without the text ahead of its pixels, which no thumbnail keeps. libpng inflates all of that as it
 * opens a file, and has no limit on the sum: a hundred texts in 0.75 MB took 2.2 GB and eleven seconds. What stands
 * behind the pixels is never read.
 */
export function withoutText(png: Uint8Array): Uint8Array {
  const bytes = asBuffer(png);
  const kept: Buffer[] = [bytes.subarray(0, SIGNATURE_BYTES)];
  let at = SIGNATURE_BYTES;
  while (at + 8 <= bytes.length) {
    const type = bytes.readUInt32BE(at + 4);
    if (type === IDAT) break;
    const end = at + 12 + bytes.readUInt32BE(at);
    if (!TEXT.includes(type)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}
