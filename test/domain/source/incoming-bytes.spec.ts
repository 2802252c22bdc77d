import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { IncomingBytes } from '../../../src/domain/source/incoming-bytes.ts';

const MIB = 1024 * 1024;

describe('IncomingBytes', () => {
  it('keep all that came, wherever their memory moves', () => {
    using incoming = new IncomingBytes(7 * MIB);
    const chunks = Array.from({ length: 10 }, () => randomBytes(0.6 * MIB));
    for (const chunk of chunks) expect(incoming.append(chunk)).to.equal(true);
    expect(Buffer.concat(chunks).equals(incoming.bytes)).to.equal(true);
    expect(incoming.append(randomBytes(MIB + MIB / 2))).to.equal(false);
    expect(incoming.memoryOf(7 * MIB).subarray(0, incoming.length)).to.deep.equal(incoming.bytes);
  });

  for (const { capacity, sizes } of [
    { capacity: MIB / 4, sizes: [MIB / 4] },
    { capacity: 5 * MIB, sizes: [MIB, 5 * MIB] },
    { capacity: 20 * MIB, sizes: [MIB, 4 * MIB, 20 * MIB] },
  ]) {
    it(`of up to ${capacity / MIB} MiB take memory of ${sizes.join(', then ')} bytes`, () => {
      using incoming = new IncomingBytes(capacity);
      const taken = new Set<number>();
      const chunk = randomBytes(0.1 * MIB);
      while (incoming.append(chunk)) taken.add(incoming.memoryOf(incoming.length).length);
      expect([...taken]).to.deep.equal(sizes);
    });
  }

  it('take nothing in once they were given back, as what comes late would be kept for nobody', () => {
    const incoming = new IncomingBytes(MIB);
    expect(incoming.append(Buffer.alloc(10))).to.equal(true);
    incoming[Symbol.dispose]();
    expect(incoming.append(Buffer.alloc(10))).to.equal(false);
    expect(incoming.bytes).to.have.length(0);
  });

  it('hold little memory that others have written to, and that nobody has reserved, while they come slowly', () => {
    using held = new DisposableStack();
    const slow = Array.from({ length: 8 }, () => {
      const whole = new IncomingBytes(12 * MIB);
      while (whole.append(Buffer.alloc(MIB)));
      whole[Symbol.dispose]();
      const incoming = held.use(new IncomingBytes(10 * MIB));
      for (const bytes of [MIB, MIB / 2]) incoming.append(Buffer.alloc(bytes));
      return incoming;
    });
    const usedAgain = slow.filter(({ bytes }) => bytes.buffer.byteLength === 12 * MIB);
    expect(usedAgain).to.have.length(1);
  });

  it('ask for room in steps, ahead of what comes, and never for more than there can be', async () => {
    const asked: number[] = [];
    const room = {
      growTo: (bytes: number) => void asked.push(bytes),
      complete: (bytes: number) => void asked.push(-bytes),
    };
    const incoming = new IncomingBytes(300 * 1024, room);
    for (let piece = 0; piece < 300; piece += 1) {
      await incoming.makeRoom(1024);
      incoming.append(new Uint8Array(1024));
    }
    await incoming.makeRoom(1024);
    incoming.complete();
    expect(asked).to.deep.equal([128 * 1024, 256 * 1024, 300 * 1024, -300 * 1024]);
  });
});
