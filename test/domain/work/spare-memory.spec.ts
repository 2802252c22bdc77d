import { expect } from 'chai';
import { freeMemory, takeMemory } from '../../../src/domain/work/process-memory.ts';
import { SpareMemory } from '../../../src/domain/work/spare-memory.ts';
import { MockClock } from '../../support/mock-clock.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('spare memory', () => {
  it('is handed out again, where it is not much larger than what is asked for', () => {
    const spare = new SpareMemory(16 * MIB);
    const first = spare.take(2 * MIB).fill(7);
    expect(spare.giveBack(first.buffer)).to.equal(true);
    expect(spare.bytes).to.equal(2 * MIB);
    const smaller = spare.take(1.5 * MIB);
    expect(smaller.buffer.byteLength, 'too large for it').to.equal(1.5 * MIB);
    const next = spare.take(1.75 * MIB);
    expect(next.buffer.byteLength, 'the first again').to.equal(2 * MIB);
    expect(next).to.have.length(1.75 * MIB);
    expect(next[0]).to.equal(7);
    expect(spare.bytes).to.equal(0);
  });

  it('is the smallest that is large enough', () => {
    const spare = new SpareMemory(16 * MIB);
    const all = [1100, 1000, 1200, 900].map((kib) => spare.take(kib * KIB));
    for (const { buffer } of all) spare.giveBack(buffer);
    expect(spare.take(950 * KIB).buffer.byteLength).to.equal(1000 * KIB);
    expect(spare.take(950 * KIB).buffer.byteLength).to.equal(1100 * KIB);
  });

  it('shows nothing of the next image to who still looks at the one before', () => {
    const spare = new SpareMemory(16 * MIB);
    const before = spare.take(MIB);
    const view = before.subarray(5, 10);
    spare.giveBack(before.buffer);
    const next = spare.take(MIB).fill(9);
    expect([before.length, view.length, next.length]).to.deep.equal([0, 0, MIB]);
    expect(spare.giveBack(before.buffer), 'given back twice').to.equal(false);
  });

  it('is kept up to a limit, the last that was given back first', () => {
    const spare = new SpareMemory(3 * MIB);
    const all = [1, 1.5, 2, 4].map((mib) => spare.take(mib * MIB));
    for (const { buffer } of all.slice(0, 3)) spare.giveBack(buffer);
    expect(spare.bytes).to.equal(2 * MIB);
    spare.giveBack(all[3]?.buffer ?? new ArrayBuffer());
    expect(spare.bytes, 'one beyond the limit leaves none').to.equal(0);
  });

  it('is handed out to what fills it by and by up to the limit, by what is not filled yet', () => {
    const spare = new SpareMemory(4 * MIB);
    const isUsedAgain = (bytes: Uint8Array) => bytes.buffer.byteLength === 3 * MIB;
    const next = () => {
      spare.giveBack(spare.take(3 * MIB).buffer);
      return spare.takeToFill(2.5 * MIB);
    };
    const [first, second] = [next(), next()];
    expect([first, second].map(isUsedAgain)).to.deep.equal([true, false]);
    expect(isUsedAgain(spare.take(2.5 * MIB)), 'filled at once').to.equal(true);
    spare.filled(first.buffer, 2 * MIB);
    const third = next();
    expect(isUsedAgain(third), 'with two thirds of the first filled').to.equal(true);
    expect(isUsedAgain(next())).to.equal(false);
    for (const { buffer } of [first, second, third]) spare.giveBack(buffer);
    spare.release();
    expect([next(), next()].map(isUsedAgain), 'with all given back').to.deep.equal([true, false]);
  });

  it('goes back to the system once the process is at rest', () => {
    using clock = new MockClock();
    const spare = new SpareMemory(16 * MIB);
    const use = () => spare.giveBack(spare.take(MIB).buffer);
    use();
    for (let time = 0; time < 4; time += 1) {
      clock.jump(400);
      expect(spare.bytes, 'still in use').to.equal(MIB);
      use();
    }
    clock.jump(500);
    clock.jump(500);
    expect(spare.bytes).to.equal(0);
    use();
    expect(spare.bytes, 'and is kept again').to.equal(MIB);
    clock.jump(500);
    clock.jump(500);
    expect(spare.bytes, 'and goes back again').to.equal(0);
    use();
    spare.release();
    expect(spare.bytes, 'for something large').to.equal(0);
  });

  it('leaves the timers alone of a clock that came after the one that its own went with', () => {
    const spare = new SpareMemory(16 * MIB);
    {
      using _gone = new MockClock();
      spare.giveBack(spare.take(MIB).buffer);
    }
    using clock = new MockClock();
    let calls = 0;
    setTimeout(() => (calls += 1), 10);
    spare.giveBack(spare.take(MIB).buffer);
    clock.jump(10);
    expect(calls).to.equal(1);
  });

  it('leaves alone what is a part of something larger, of which others may have more', () => {
    const [part, ofThePool] = [new Uint8Array(MIB).subarray(0, 100 * KIB), Buffer.from('a few pixels')];
    for (const bytes of [part, ofThePool]) freeMemory(bytes);
    expect([part.length, ofThePool.toString()]).to.deep.equal([100 * KIB, 'a few pixels']);
  });

  it('has none of what the C library has at hand, nor of what came from elsewhere', () => {
    const small = takeMemory(100 * KIB);
    const other = new Uint8Array(MIB);
    const taken = takeMemory(MIB);
    for (const bytes of [small, other, taken, taken]) freeMemory(bytes);
    expect([small.length, other.length, taken.length]).to.deep.equal([0, 0, 0]);
    expect(takeMemory(MIB).buffer).to.not.equal(other.buffer);
  });
});
