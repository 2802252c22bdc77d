import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Deadlines } from '../../../src/adapters/remote-server/deadlines.ts';

const LENGTH_MS = 20;

describe('Deadlines', () => {
  const until = async (condition: () => boolean) => {
    while (!condition()) await sleep(1);
  };

  it('calls back each that is not ended, once, in their order', async () => {
    const deadlines = new Deadlines(LENGTH_MS, (length) => `after ${length}`);
    const late: string[] = [];
    const started = ['a', 'b', 'c'].map((name) =>
      deadlines.start(({ message }) => late.push(name + message)),
    );
    deadlines.end(started[1]!);
    await until(() => late.length === 2);
    await sleep(3 * LENGTH_MS);
    expect(late).to.deep.equal(['aafter 20', 'cafter 20']);
  });

  it('calls back none before its time, whenever it was started', async () => {
    const deadlines = new Deadlines(LENGTH_MS);
    const lengths: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const startedAt = performance.now();
      deadlines.start(() => lengths.push(performance.now() - startedAt));
      await sleep(index);
    }
    await until(() => lengths.length === 8);
    // A timer may be early by the fraction of a millisecond that its clock does not know.
    for (const length of lengths) expect(length).to.be.greaterThan(LENGTH_MS - 1);
  });

  it('goes on with those that are started by one that is late', async () => {
    const deadlines = new Deadlines(LENGTH_MS);
    const late: number[] = [];
    deadlines.start(() => {
      late.push(1);
      deadlines.start(() => late.push(2));
    });
    await until(() => late.length === 2);
    expect(late).to.deep.equal([1, 2]);
  });

  it('does not count the time for which the event loop was held up before anything could go out', async () => {
    const deadlines = new Deadlines(LENGTH_MS);
    const answered = Promise.withResolvers<string>();
    const deadline = deadlines.start(() => answered.resolve('late'));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * LENGTH_MS);
    setImmediate(() => {
      deadlines.end(deadline);
      answered.resolve('in time');
    });
    expect(await answered.promise).to.equal('in time');
  });
});
