/** The reads of a key that began after its last write. */
export interface Reads {
  count: number;
  /** Something was written under the key since they began: what they bring may be what was there before. */
  isOutdated: boolean;
}

/** Knows which keys are being read, so that what was read before a write is not stored after it. */
export class OngoingReads<K> {
  readonly #byKey = new Map<K, Reads>();

  /** Each is to be ended. */
  begin(key: K): Reads {
    const reads = this.#byKey.get(key) ?? { count: 0, isOutdated: false };
    this.#byKey.set(key, reads);
    reads.count += 1;
    return reads;
  }

  end(key: K, reads: Reads): void {
    reads.count -= 1;
    if (reads.count === 0 && this.#byKey.get(key) === reads) this.#byKey.delete(key);
  }

  /** Reads that begin from now on are not concerned. */
  outdate(key: K): void {
    const reads = this.#byKey.get(key);
    if (reads === undefined) return;
    reads.isOutdated = true;
    this.#byKey.delete(key);
  }
}
