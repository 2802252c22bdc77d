import type { Schedule } from '../../../src/adapters/secrets-ssm/index.ts';

/** In place of the timers: tasks wait until the test runs them. */
export class ManualSchedule {
  /** What is waiting, with its delay in milliseconds. */
  readonly waiting = new Map<() => Promise<void>, number>();

  readonly set: Schedule = (task, delayMs) => {
    this.waiting.set(task, delayMs);
    return { [Symbol.dispose]: () => this.waiting.delete(task) };
  };

  get delaysMs(): number[] {
    return [...this.waiting.values()];
  }

  /** Runs the task that has waited longest, to its end; does nothing where none waits. */
  async runNext(): Promise<void> {
    for (const task of this.waiting.keys()) {
      this.waiting.delete(task);
      return task();
    }
  }
}
