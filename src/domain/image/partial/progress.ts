/** Whether a thumbnail needs more of a file than its first bytes. */
export type Progress = NeedMore | ReadAll | PartialFile;

/** Nothing can be said yet. */
interface NeedMore {
  readonly kind: 'need-more';
}

/** The file has to be read whole, whatever follows. */
interface ReadAll {
  readonly kind: 'read-all';
}

/** The thumbnail needs no more: with these edits, the bytes so far are a file of their own. */
export interface PartialFile {
  readonly kind: 'complete';
  /** Of the file that results, in bytes. */
  readonly length: number;
  /** What stands in it that did not come so. */
  readonly edits: readonly Edit[];
}

interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export const NEED_MORE: NeedMore = { kind: 'need-more' };

export const READ_ALL: ReadAll = { kind: 'read-all' };

/** The first `length` bytes are a file once `tail` has been appended to them. */
export function complete(length: number, tail: readonly number[]): PartialFile {
  const edit = { at: length, bytes: Uint8Array.from(tail) };
  return { kind: 'complete', length: length + tail.length, edits: [edit] };
}
