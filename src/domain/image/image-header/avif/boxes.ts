import { stepLimit } from '../raster-header.ts';

/** A part of a file of boxes (ISO/IEC 14496-12, 4.2). */
export interface Box {
  readonly type: string;
  readonly body: Buffer;
  /** Where the next one begins, by its own size; Infinity for one that goes on to the end, wherever that is. */
  readonly end: number;
}

/**
 * The boxes in `bytes`, one after the other: a size of 0 reaches to the end, 1 means that 64 bits of it follow.
 *
 * @param countStep called for each box
 */
export function boxes(bytes: Buffer, countStep = stepLimit()): Box[] {
  const found: Box[] = [];
  let at = 0;
  for (;;) {
    countStep();
    if (at + 8 > bytes.length) return found;
    const short = bytes.readUInt32BE(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short || bytes.length - at;
    if (size < head) throw new RangeError('a box smaller than its own head');
    found.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      body: bytes.subarray(at + head, at + size),
      end: short === 0 ? Infinity : at + size,
    });
    at += size;
  }
}

/** The body of the first box of a type. */
export function child(parent: Buffer, type: string, skip = 0): Buffer {
  return bodyOf(boxes(parent), type, skip);
}

export function bodyOf(siblings: readonly Box[], type: string, skip = 0): Buffer {
  const found = siblings.find((box) => box.type === type);
  if (found === undefined) throw new RangeError(`no ${type} box`);
  return found.body.subarray(skip);
}

/** Gives a box of the file the name of free space, which decoders skip. The name stands ahead of its body. */
export function hideBox(file: Buffer, body: Buffer): void {
  file.write('free', body.byteOffset - file.byteOffset - 4, 'latin1');
}

/** Reads numbers one after the other. */
export class Fields {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A number of so many bytes; 0 of none. */
  number(bytes: number): number {
    if (bytes === 0) return 0;
    const at = this.at;
    this.at += bytes;
    return bytes <= 6 ? this.#bytes.readUIntBE(at, bytes) : Number(this.#bytes.readBigUInt64BE(at));
  }
}
