export interface RecentlyUsedOptions<Value> {
  /** Of each of the two halves, in the unit of `weightOf`. */
  readonly maxWeight: number;
  /** Of a value with its key; by default each weighs 1. */
  readonly weightOf?: (value: Value, key: string) => number;
  /** Characters; what has a longer key is not kept. */
  readonly maxKeyLength?: number;
}

/**
 * What was made for the keys that were asked for last. Two halves stand for an order: what is asked for moves to the newer
 * one, and when that is full, what is left in the older one is forgotten.
 */
export class RecentlyUsed<Value> {
  readonly #maxWeight: number;
  readonly #weightOf: (value: Value, key: string) => number;
  readonly #maxKeyLength: number;
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();
  #newerWeight = 0;

  constructor({ maxWeight, weightOf = () => 1, maxKeyLength = Infinity }: RecentlyUsedOptions<Value>) {
    this.#maxWeight = maxWeight;
    this.#weightOf = weightOf;
    this.#maxKeyLength = maxKeyLength;
  }

  get(key: string): Value | undefined {
    const value = this.#newer.get(key);
    if (value !== undefined) return value;
    const older = this.#older.get(key);
    if (older !== undefined) this.add(key, older);
    return older;
  }

  /** Of a value whose key is not in the newer half. One that is larger than a half is not kept. */
  add(key: string, value: Value): void {
    const weight = this.#weightOf(value, key);
    if (weight > this.#maxWeight || key.length > this.#maxKeyLength) return;
    if (this.#newerWeight + weight > this.#maxWeight) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#newerWeight = 0;
    }
    this.#newer.set(key, value);
    this.#newerWeight += weight;
  }
}
