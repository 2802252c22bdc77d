import { expect } from 'chai';
import { KEPT_BYTES } from '../../src/adapters/resize-isolated/start-decoder.ts';
import { renewalFor } from '../../src/composition/decoder-memory.ts';

const MIB = 1024 * 1024;

describe('When decoders are renewed for the memory that they hold', () => {
  it('leaves room for what one keeps by design', () => {
    for (const budgetMib of [200, 300, 600, 1200, 6000]) {
      const work = { memoryBudgetBytes: budgetMib * MIB, resizeConcurrency: 2 };
      const { maxBytesAtRest, freshBytes } = renewalFor(work);
      expect(maxBytesAtRest - freshBytes, `${budgetMib} MiB`).to.be.above(KEPT_BYTES);
    }
  });

  it('lets one hold the more, the more memory there is, and the fewer there are', () => {
    const heldBy = (budgetMib: number, resizeConcurrency: number) =>
      renewalFor({ memoryBudgetBytes: budgetMib * MIB, resizeConcurrency }).maxBytesAtRest;
    expect(heldBy(500, 2)).to.be.above(heldBy(300, 2));
    expect(heldBy(500, 4)).to.be.below(heldBy(500, 2));
    expect(heldBy(60_000, 2)).to.equal(160 * MIB);
  });
});
