import { BLOCK, DESCRIPTOR_BYTES, HEADER_BYTES, colourTableBytes } from '../gif-blocks.ts';
import { type Reading, MAX_PARTS, type Received, type Waiting } from './received.ts';
import { complete, READ_ALL } from './progress.ts';

/** An animation is done with its first frame: the blocks of its data, and a trailer. */
export function* readGif(file: Received): Reading {
  yield* file.until(HEADER_BYTES);
  let at = HEADER_BYTES + colourTableBytes(file.bytes.readUInt8(10));
  for (let part = 0; part < MAX_PARTS; part += 1) {
    yield* file.until(at + DESCRIPTOR_BYTES);
    const block = file.bytes.readUInt8(at);
    if (block === BLOCK.image) {
      const table = colourTableBytes(file.bytes.readUInt8(at + 9));
      // One byte more, the width of a code, stands ahead of the data.
      const end = yield* afterSubBlocks(file, at + DESCRIPTOR_BYTES + table + 1);
      yield* file.until(end + 1);
      return file.bytes.readUInt8(end) === BLOCK.trailer ? READ_ALL : complete(end, [BLOCK.trailer]);
    }
    if (block !== BLOCK.extension) return READ_ALL;
    at = yield* afterSubBlocks(file, at + 2);
  }
  return READ_ALL;
}

function* afterSubBlocks(file: Received, from: number): Waiting<number> {
  let at = from;
  for (;;) {
    yield* file.until(at + 1);
    while (at < file.bytes.length) {
      const length = file.bytes.readUInt8(at);
      at += 1 + length;
      if (length === 0) return at;
    }
  }
}
