/** Remembers so many keys, those used last. A Map has its keys in the order of insertion. */
export class Lru {
  readonly #limit: number;
  readonly #keys = new Map<number, true>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it is there; it is the one used last then. */
  has(key: number): boolean {
    if (!this.#keys.delete(key)) return false;
    this.#keys.set(key, true);
    return true;
  }

  add(key: number): void {
    if (this.#limit === 0) return;
    this.#keys.delete(key);
    this.#keys.set(key, true);
    if (this.#keys.size <= this.#limit) return;
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }
}
