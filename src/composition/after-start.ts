/** What can wait until the service listens: whoever needs it before then has it loaded for himself. */
export class AfterStart {
  readonly #loads: (() => Promise<unknown>)[] = [];

  add(load: () => Promise<unknown>): void {
    this.#loads.push(load);
  }

  /** Loads all, one after the other, so that requests come between. A fault is told to whoever needs what is missing. */
  async run(): Promise<void> {
    for (const load of this.#loads) await load().catch(() => undefined);
  }
}
