import zlib from 'node:zlib';
import {
  OverloadedError,
  SourcePackedTooTightlyError,
  SourceUnreachableError,
  ThumbnailerError,
  isOwnShortage,
} from '../../errors/index.ts';
import { type Coding, type Packing, packingOf, streamOf } from './packing.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What the algorithms remember of what they unpacked, at most, with their buffers. */
export const WINDOW_BYTES: Readonly<Record<Coding, number>> = {
  gzip: 192 * KIB,
  deflate: 192 * KIB,
  br: 17 * MIB,
  zstd: 9 * MIB,
};

/** Of what is unpacked at a time. */
const PIECE_BYTES = 64 * KIB;

/** An image that was packed more tightly than that has nothing on it, and takes more time than it is worth. */
const MAX_RATIO = 200;
/** Less than this is unpacked whatever it was packed to. */
const ANY_RATIO_BYTES = MIB;

type Unpacker = zlib.InflateRaw | zlib.BrotliDecompress | zlib.ZstdDecompress;

/** A stream that was cut short gives what it has: whether that makes an image is for others to see. */
const UNPACKERS: Readonly<Record<'deflate' | 'br' | 'zstd', () => Unpacker>> = {
  deflate: () => zlib.createInflateRaw({ chunkSize: PIECE_BYTES, finishFlush: zlib.constants.Z_SYNC_FLUSH }),
  br: () =>
    zlib.createBrotliDecompress({
      chunkSize: PIECE_BYTES,
      finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
    }),
  // The window that browsers allow, which RFC 9659 makes the largest.
  zstd: () =>
    zlib.createZstdDecompress({
      chunkSize: PIECE_BYTES,
      finishFlush: zlib.constants.ZSTD_e_flush,
      params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 },
    }),
};

/**
 * Unpacks a body as it comes, no faster than it is asked for, and passes on one that is not packed at all. Ending it early
 * ends the body.
 *
 * @throws SourceUnreachableError for what cannot be unpacked; SourcePackedTooTightlyError for a bomb
 */
export async function* unpack(body: AsyncIterable<Uint8Array>, coding: Coding): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  try {
    const { beginning, packing } = await readBeginning(pieces, coding);
    if (packing.kind === 'packed') {
      yield* unpackAll(UNPACKERS[packing.as](), beginning.subarray(packing.from), pieces);
    } else {
      yield beginning;
      yield* { [Symbol.asyncIterator]: () => pieces };
    }
  } finally {
    // Not waited for: one that is asked for a piece answers only after that.
    pieces.return?.().catch(() => undefined);
  }
}

/** As much of the body as tells how it is packed. */
async function readBeginning(pieces: AsyncIterator<Uint8Array>, coding: Coding) {
  let beginning = new Uint8Array();
  let packing: Packing = { kind: 'need-more' };
  while (packing.kind === 'need-more') {
    const next = await pieces.next();
    // What is too short to tell by may be packed all the same.
    if (next.done === true) packing = streamOf(coding, beginning);
    else {
      beginning = joined(beginning, next.value);
      packing = packingOf(coding, beginning);
    }
  }
  return { beginning, packing };
}

async function* unpackAll(
  unpacker: Unpacker,
  beginning: Uint8Array,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const fed = new Feeding(unpacker, pieces);
  try {
    void fed.start(beginning);
    let bytes = 0;
    for await (const piece of unpacker as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > ANY_RATIO_BYTES && bytes > MAX_RATIO * fed.bytes) {
        throw new SourcePackedTooTightlyError(MAX_RATIO);
      }
      yield piece;
    }
  } catch (error) {
    throw translated(error as Error, fed);
  } finally {
    unpacker.destroy();
  }
}

/** Hands a body on to what unpacks it, a piece at a time: the memory of a piece is lent until the next is asked for. */
class Feeding {
  readonly #unpacker: Unpacker;
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** How many were handed on. */
  bytes = 0;
  /** What the body broke off with. */
  failure: unknown;

  constructor(unpacker: Unpacker, pieces: AsyncIterator<Uint8Array>) {
    this.#unpacker = unpacker;
    this.#pieces = pieces;
  }

  async start(beginning: Uint8Array): Promise<void> {
    try {
      await this.#write(beginning);
      for (;;) {
        const next = await this.#pieces.next();
        if (next.done === true || this.#unpacker.destroyed) break;
        await this.#write(next.value);
      }
      this.#unpacker.end();
    } catch (error) {
      this.failure = error;
      this.#unpacker.destroy(error as Error);
    }
  }

  /** Resolves when the memory of the piece is no longer read; after the end of the packed data, at once. */
  #write(piece: Uint8Array): Promise<void> {
    this.bytes += piece.length;
    return new Promise((resolve) => {
      this.#unpacker.write(piece, () => resolve());
    });
  }
}

function translated(error: Error, { failure }: Feeding): Error {
  if (error === failure || error instanceof ThumbnailerError) return error;
  if (isOwnShortage(error)) return new OverloadedError(undefined, { cause: error });
  return new SourceUnreachableError("The server sent something that can't be unpacked.", { cause: error });
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
