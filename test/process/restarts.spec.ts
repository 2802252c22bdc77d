import { expect } from 'chai';
import { Restarts } from '../../src/process/cluster-restarts.ts';

describe('Restarts', () => {
  it('wait twice as long each time a worker ends soon, up to half a minute', () => {
    const restarts = new Restarts();
    const delays = Array.from({ length: 11 }, () => restarts.delayMs(10));
    expect(delays).to.deep.equal([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('start over once one has lived for a minute', () => {
    const restarts = new Restarts();
    for (let time = 0; time < 5; time += 1) restarts.delayMs(10);
    expect(restarts.delayMs(60_000)).to.equal(100);
    expect(restarts.delayMs(10)).to.equal(200);
  });
});
