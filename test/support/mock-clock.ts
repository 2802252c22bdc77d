import { mock } from 'node:test';

/**
 * A clock that stands still unless a test moves it, behind `setTimeout`, `setInterval`, `Date` and `performance`: how long the
 * machine takes for anything changes nothing. What waits for a file, a socket or another process has no place beside it.
 */
export class MockClock implements Disposable {
  constructor() {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
    mock.method(performance, 'now', () => Date.now());
  }

  /** Each timer runs in its millisecond, and what it sets off comes before the next. */
  async pass(milliseconds: number): Promise<void> {
    await turnOfTheLoop();
    for (let passed = 0; passed < milliseconds; passed += 1) {
      mock.timers.tick(1);
      await turnOfTheLoop();
    }
  }

  /** Time goes on until the promise has settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settle = () => (state.isSettled = true);
    promise.then(settle, settle);
    while (!state.isSettled) await this.pass(1);
    return promise;
  }

  /** The timers that are due run, as they do in a loop that was held up: nothing that they set off has had its turn. */
  jump(milliseconds: number): void {
    mock.timers.tick(milliseconds);
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    mock.restoreAll();
  }
}

/** Resolves in so many milliseconds of whatever clock there is. */
export async function elapse(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** All that waits for nothing but its turn has had it. */
export async function turnOfTheLoop(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
