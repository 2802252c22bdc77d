import { expect } from 'chai';
import { MinimumRate } from '../../../src/domain/work/minimum-rate.ts';
import { MockClock, turnOfTheLoop } from '../../support/mock-clock.ts';

describe('MinimumRate', () => {
  let clock: MockClock;
  let tooSlow: number;
  const rate = () => new MinimumRate(() => (tooSlow += 1), { bytesPerSecond: 1000, windowMs: 50 });
  beforeEach(() => {
    clock = new MockClock();
    tooSlow = 0;
  });
  afterEach(() => clock[Symbol.dispose]());

  it('tells once that less has come in its window than has to', async () => {
    using slow = rate();
    slow.count(49);
    await clock.pass(49);
    expect(tooSlow).to.equal(0);
    await clock.pass(150);
    expect(tooSlow).to.equal(1);
  });

  it('begins again with each window in which enough has come', async () => {
    using fast = rate();
    fast.count(50);
    await clock.pass(99);
    expect(tooSlow).to.equal(0);
    await clock.pass(1);
    expect(tooSlow).to.equal(1);
  });

  it('takes no time of ours for the sender’s', async () => {
    using paused = rate();
    const work = Promise.withResolvers<string>();
    const pausing = paused.pause(work.promise);
    await clock.pass(120);
    work.resolve('waited');
    expect(await pausing).to.equal('waited');
    await clock.pass(49);
    expect(tooSlow).to.equal(0);
    await clock.pass(1);
    expect(tooSlow).to.equal(1);
  });

  it('takes none of ours either where the window ends just before, in a loop that was held up', async () => {
    using paused = rate();
    clock.jump(50);
    const work = Promise.withResolvers<undefined>();
    const pausing = paused.pause(work.promise);
    await clock.pass(200);
    work.resolve(undefined);
    await pausing;
    await clock.pass(49);
    expect(tooSlow).to.equal(0);
  });

  it('counts what was there already in a loop that was held up', async () => {
    using fast = rate();
    clock.jump(50);
    fast.count(50);
    await turnOfTheLoop();
    expect(tooSlow).to.equal(0);
  });

  it('tells nothing once it is over', async () => {
    const over = rate();
    const work = Promise.withResolvers<undefined>();
    const pausing = over.pause(work.promise);
    over[Symbol.dispose]();
    work.resolve(undefined);
    await pausing;
    await clock.pass(100);
    expect(tooSlow).to.equal(0);
  });
});
