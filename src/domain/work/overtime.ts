/** Slots beside the regular ones, so that quick work need not wait until long work has ended. */
export interface OvertimeLimits {
  /** The most slots beside the regular ones. */
  readonly slots: number;
  /** What all work inside may cost together, for one to enter beside the regular slots. */
  readonly budget: number;
  /** Work that has been inside for so long makes room for a client that has nothing inside. In milliseconds. */
  readonly afterMs: number;
  /** Work that has been inside for so long makes room for any other that costs at most half as much. In milliseconds. */
  readonly forAnyAfterMs: number;
}

/** Work that wants to enter beside the regular slots. */
export interface Latecomer {
  readonly cost: number;
  /** Whether its client has nothing inside. */
  readonly hasNone: boolean;
}

/** Knows which of the work inside takes long. */
export class Overtime {
  readonly #limits: OvertimeLimits;
  readonly #onLate: () => void;
  /** When they began, by the clock of `performance`, and their costs; in their order. */
  readonly #inside = new Set<{ readonly startedAt: number; readonly cost: number }>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onLate called when work inside has come to take long, after `wake` */
  constructor(limits: OvertimeLimits, onLate: () => void) {
    this.#limits = limits;
    this.#onLate = onLate;
  }

  /** Work begins; it is disposed of when it ends. */
  begin(cost: number): Disposable {
    const work = { startedAt: performance.now(), cost };
    this.#inside.add(work);
    return { [Symbol.dispose]: () => this.#inside.delete(work) };
  }

  /**
   * Whether one more may enter. Of the client that has the long work inside, only what is quicker: its next long work would
   * keep the slot from everybody.
   *
   * @param taken slots beside the regular ones that are taken
   * @param spent cost of all work inside
   */
  isOpen(taken: number, spent: number, { cost, hasNone }: Latecomer): boolean {
    const { slots, budget, afterMs, forAnyAfterMs } = this.#limits;
    if (spent + cost > budget) return false;
    const before = performance.now() - (hasNone ? afterMs : forAnyAfterMs);
    let late = 0;
    for (const inside of this.#inside) {
      const isQuicker = hasNone || cost <= inside.cost / 2;
      if (isQuicker && inside.startedAt <= before) late += 1;
    }
    return taken < Math.min(late, slots);
  }

  /** Somebody waits: `onLate` is called as soon as more of those inside take long. */
  wake(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    const { afterMs, forAnyAfterMs } = this.#limits;
    const waitsMs = Array.from(this.#inside, ({ startedAt }) =>
      [afterMs, forAnyAfterMs].map((limitMs) => Math.ceil(startedAt + limitMs - nowMs)),
    ).flat();
    const nextMs = Math.min(...waitsMs.filter((waitMs) => waitMs > 0));
    if (Number.isFinite(nextMs)) this.#timer = setTimeout(this.#onLate, nextMs).unref();
  }
}
