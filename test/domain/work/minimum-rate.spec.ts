import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { MinimumRate } from '../../../src/domain/work/minimum-rate.ts';

describe('MinimumRate', () => {
  let tooSlow: number;
  const rate = () => new MinimumRate(() => (tooSlow += 1), { bytesPerSecond: 1000, windowMs: 50 });
  beforeEach(() => (tooSlow = 0));

  it('tells once that less has come in its window than has to', async () => {
    using slow = rate();
    slow.count(49);
    await sleep(180);
    expect(tooSlow).to.equal(1);
  });

  it('begins again with each window in which enough has come', async () => {
    using fast = rate();
    fast.count(50);
    await sleep(75);
    expect(tooSlow).to.equal(0);
    await sleep(100);
    expect(tooSlow).to.equal(1);
  });

  it('takes no time of ours for the sender’s', async () => {
    using paused = rate();
    expect(await paused.pause(sleep(120, 'waited'))).to.equal('waited');
    expect(tooSlow).to.equal(0);
    await sleep(100);
    expect(tooSlow).to.equal(1);
  });

  it('tells nothing once it is over', async () => {
    const over = rate();
    const pausing = over.pause(sleep(10));
    over[Symbol.dispose]();
    await pausing;
    await sleep(100);
    expect(tooSlow).to.equal(0);
  });
});
