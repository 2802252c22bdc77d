import { expect } from 'chai';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedResizer } from '../../support/isolated-resizer.ts';

const MIB = 1024 * 1024;
const program = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;

describe('The memory of a decoder', () => {
  it('is given back with each answer, not when the heap is collected', async () => {
    await using held = new AsyncDisposableStack();
    const resizer = isolatedResizer({ program });
    held.defer(() => resizer.close());
    const outsideTheHeap = async () => Number(await decoderOrder(resizer, 'outside-the-heap'));
    const before = await outsideTheHeap();
    for (let image = 0; image < 8; image += 1) {
      expect(await decoderOrder(resizer, `say ${MIB}`)).to.have.length(MIB);
    }
    expect((await outsideTheHeap()) - before).to.be.below(MIB);
  });

  it('does not go on in the service, which keeps no answer of a decoder that works on', async () => {
    await using held = new AsyncDisposableStack();
    const resizer = isolatedResizer({ program });
    held.defer(() => resizer.close());
    const outsideTheHeap = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    await decoderOrder(resizer, `say ${MIB}`);
    const before = outsideTheHeap();
    for (let image = 0; image < 32; image += 1) await decoderOrder(resizer, `say ${MIB}`);
    expect(outsideTheHeap() - before).to.be.below(8 * MIB);
  });
});
