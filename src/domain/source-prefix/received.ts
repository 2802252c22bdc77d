import type { ShortFile, WHOLE } from './verdict.ts';

/** Yields whenever it needs more bytes than there are, and returns what it has come to. */
export type Judging = Waiting<ShortFile | typeof WHOLE>;

/** Yields whenever it needs more bytes than there are. */
export type Waiting<T> = Generator<undefined, T, undefined>;

/** Parts that are looked at ahead of the pixels, after which a file counts as odd. Photographs have a few dozen. */
export const MAX_PARTS = 8192;

/** A file as far as it has come. */
export class Received {
  /** Replaced by a longer one whenever more comes. */
  bytes: Buffer = Buffer.alloc(0);

  /** Waits for that many bytes in all. */
  *until(length: number): Waiting<void> {
    while (this.bytes.length < length) yield;
  }
}
