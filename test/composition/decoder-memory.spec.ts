import { expect } from 'chai';
import { keptBytesFor, renewalFor } from '../../src/composition/decoder-memory.ts';

const MIB = 1024 * 1024;
const work = (budgetMib: number, resizeConcurrency: number) => ({
  memoryBudgetBytes: budgetMib * MIB,
  resizeConcurrency,
});

describe('What decoders keep of the memory that an image has freed', () => {
  it('is little in a small task, and enough for an AVIF in a large one', () => {
    expect(keptBytesFor(work(150, 2))).to.equal(16 * MIB);
    expect(keptBytesFor(work(4000, 3))).to.equal(64 * MIB);
  });

  it('grows with the budget, and shrinks with the number of decoders', () => {
    const kept = [keptBytesFor(work(300, 2)), keptBytesFor(work(500, 2)), keptBytesFor(work(500, 4))];
    expect(kept[1]).to.be.greaterThan(kept[0] ?? 0);
    expect(kept[2]).to.be.lessThan(kept[1] ?? 0);
  });

  it('leaves room below what a decoder is renewed at', () => {
    for (const budgetMib of [200, 300, 600, 1200, 6000]) {
      const { maxBytesAtRest, freshBytes } = renewalFor(work(budgetMib, 2));
      expect(keptBytesFor(work(budgetMib, 2)), `${budgetMib} MiB`).to.be.below(maxBytesAtRest - freshBytes);
    }
  });
});
