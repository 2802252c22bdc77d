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

  /** The timers that are due run, as they do in a loop that was held up: nothing that they set off has had its turn. */
  jump(milliseconds: number): void {
    mock.timers.tick(milliseconds);
  }

  [Symbol.dispose](): void {
    mock.timers.reset();
    mock.restoreAll();
  }
}

/** All that waits for nothing but its turn has had it. */
export async function turnOfTheLoop(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
