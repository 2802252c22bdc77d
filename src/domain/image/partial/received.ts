import type { PartialFile, READ_ALL } from './progress.ts';

/** Reads a file as it comes, and returns how much of it is needed. */
export type Reading = Waiting<PartialFile | typeof READ_ALL>;

/** Yields whenever it needs more bytes than there are, and is to be resumed when some have come. */
export type Waiting<T> = Generator<undefined, T, undefined>;

/** How many segments, blocks or chunks of a file are looked at; one with more counts as odd. Photographs have dozens. */
export const MAX_PARTS = 8192;

/** A file as far as it has come. */
export class Received {
  /** Replaced by a longer one whenever more comes. */
  bytes: Buffer = Buffer.alloc(0);

  /** Waits until there are that many bytes in all. */
  *until(length: number): Waiting<void> {
    while (this.bytes.length < length) yield;
  }
}
