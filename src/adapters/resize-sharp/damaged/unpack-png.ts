import { Readable } from 'node:stream';
import { constants, createInflate } from 'node:zlib';
import { asBuffer } from '../../../domain/image/bytes.ts';

const SIGNATURE_BYTES = 8;
/** Of a chunk around its data: length and type ahead, checksum behind. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** What is lost where the data breaks off: the output of the step that met the damage. */
const STEP_BYTES = 16_384;

export interface PngChunk {
  readonly type: string;
  /** Less than the chunk says where the file ends in it. */
  readonly data: Buffer;
}

/** The chunks of a PNG as far as they go, whatever their checksums. */
export function* chunksOf(png: Uint8Array): Generator<PngChunk> {
  const bytes = asBuffer(png);
  for (let at = SIGNATURE_BYTES; at + HEAD_BYTES <= bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at);
    yield {
      type: bytes.toString('latin1', at + 4, at + HEAD_BYTES),
      data: bytes.subarray(at + HEAD_BYTES, end),
    };
    at = end + CHECKSUM_BYTES;
  }
}

/** The filtered rows of a PNG, up to where they are damaged or the limit is met. */
export async function* unpackedRows(png: Uint8Array, limitBytes: number): AsyncGenerator<Buffer> {
  const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: STEP_BYTES });
  let left = limitBytes;
  try {
    for await (const part of Readable.from(pixelData(png)).pipe(inflate) as AsyncIterable<Buffer>) {
      yield part.subarray(0, left);
      left -= part.length;
      if (left <= 0) return;
    }
  } catch {
    // Damaged from here on: what came before is the image.
  }
}

function* pixelData(png: Uint8Array): Generator<Buffer> {
  let hasBegun = false;
  for (const { type, data } of chunksOf(png)) {
    if (type === 'IDAT') yield data;
    else if (hasBegun) return;
    hasBegun ||= type === 'IDAT';
  }
}
