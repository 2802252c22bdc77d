import { Readable } from 'node:stream';
import { constants, createInflate } from 'node:zlib';
import { pngChunks } from '../../../domain/image/png/chunks.ts';

/** What is lost where the data breaks off: the output of the step that met the damage. */
const STEP_BYTES = 16_384;

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
  for (const { type, data } of pngChunks(png)) {
    if (type === 'IDAT') yield data;
    else if (hasBegun) return;
    hasBegun ||= type === 'IDAT';
  }
}
