import { type Reading, MAX_PARTS, type Received, type Waiting } from './received.ts';
import { complete, READ_ALL } from './progress.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

const HEADER_BYTES = 13;
const DESCRIPTOR_BYTES = 10;

/** An animation is done with its first frame: the blocks of its data, and a trailer. */
export function* readGif(file: Received): Reading {
  yield* file.until(HEADER_BYTES);
  let at = HEADER_BYTES + colourTableLength(file.bytes.readUInt8(10));
  for (let part = 0; part < MAX_PARTS; part += 1) {
    yield* file.until(at + DESCRIPTOR_BYTES);
    const block = file.bytes.readUInt8(at);
    if (block === IMAGE) {
      const table = colourTableLength(file.bytes.readUInt8(at + 9));
      // One byte more, the width of a code, stands ahead of the data.
      const end = yield* afterSubBlocks(file, at + DESCRIPTOR_BYTES + table + 1);
      yield* file.until(end + 1);
      return file.bytes.readUInt8(end) === TRAILER ? READ_ALL : complete(end, [TRAILER]);
    }
    if (block !== EXTENSION) return READ_ALL;
    at = yield* afterSubBlocks(file, at + 2);
  }
  return READ_ALL;
}

function colourTableLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
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
