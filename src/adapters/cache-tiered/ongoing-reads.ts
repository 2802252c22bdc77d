interface Reads {
  count: number;
  isOutdated: boolean;
}

/** A read, from `begin` to its disposal. */
export interface Read extends Disposable {
  /** Something was written under its key since it began: what it brings may be what was there before. */
  readonly isOutdated: boolean;
}

/** Knows which keys are being read, so that what was read before a write is not stored after it. */
export class OngoingReads<K> {
  readonly #byKey = new Map<K, Reads>();

  begin(key: K): Read {
    const reads = this.#byKey.get(key) ?? { count: 0, isOutdated: false };
    this.#byKey.set(key, reads);
    reads.count += 1;
    return {
      get isOutdated() {
        return reads.isOutdated;
      },
      [Symbol.dispose]: () => {
        reads.count -= 1;
        if (reads.count === 0 && this.#byKey.get(key) === reads) this.#byKey.delete(key);
      },
    };
  }

  /** Reads that begin from now on are not concerned. */
  outdate(key: K): void {
    const reads = this.#byKey.get(key);
    if (reads === undefined) return;
    reads.isOutdated = true;
    this.#byKey.delete(key);
  }
}
