/** Whether a thumbnail needs more of a file than its first bytes. */
export type Verdict = Undecided | Whole | ShortFile;

/** Nothing can be said yet. */
interface Undecided {
  readonly kind: 'more';
}

/** The file has to be read whole, whatever follows. */
interface Whole {
  readonly kind: 'whole';
}

/** The thumbnail needs no more: with these edits, the bytes so far are a file of their own. */
export interface ShortFile {
  readonly kind: 'enough';
  /** Of the file that results, in bytes. */
  readonly length: number;
  /** What stands in it that did not come so. */
  readonly edits: readonly Edit[];
}

interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export const MORE: Undecided = { kind: 'more' };

export const WHOLE: Whole = { kind: 'whole' };

/** The first `length` bytes are a file once `tail` has been appended to them. */
export function enough(length: number, tail: readonly number[]): ShortFile {
  const edit = { at: length, bytes: Uint8Array.from(tail) };
  return { kind: 'enough', length: length + tail.length, edits: [edit] };
}
