/**
 * Places are in percent of a drawing's width or height, so that a drawing fits any screen while its marks and its text
 * keep their size.
 */
export interface Tick {
  readonly at: string;
  readonly label: string;
}

/** A logarithmic scale over whole decades of milliseconds. */
export class LogScale {
  readonly #low: number;
  readonly #high: number;

  /** Covers the values; what is below a millisecond is drawn as one. */
  constructor(values: readonly number[]) {
    const decades = values.map((value) => Math.log10(Math.max(value, 1)));
    this.#low = Math.floor(Math.min(...decades, 3));
    this.#high = Math.max(Math.ceil(Math.max(...decades, 0)), this.#low + 1);
  }

  /** 0 at the first tick, 1 at the last. */
  part(ms: number): number {
    return (Math.log10(Math.max(ms, 1)) - this.#low) / (this.#high - this.#low);
  }

  /** A tick at each decade. */
  ticks(placeOf: (part: number) => string): Tick[] {
    return Array.from({ length: this.#high - this.#low + 1 }, (_, decade) => {
      const ms = 10 ** (this.#low + decade);
      return { at: placeOf(this.part(ms)), label: ms < 1000 ? `${ms} ms` : `${ms / 1000} s` };
    });
  }
}

/** A place in a drawing: 0 is its left or its top, 1 its right or its bottom. */
export function place(part: number): string {
  return `${Number((part * 100).toFixed(3))}%`;
}
