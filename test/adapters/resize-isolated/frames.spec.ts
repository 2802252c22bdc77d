import { expect } from 'chai';
import {
  type Frame,
  FrameReader,
  PREFIX_BYTES,
  lengthsIn,
  piecesOf,
} from '../../../src/adapters/resize-isolated/frames.ts';
import { decoderOrder } from '../../support/decoder-order.ts';
import { isolatedResizer } from '../../support/isolated-resizer.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const program = new URL('../../support/misbehaving-decoder.ts', import.meta.url).pathname;

describe('Frames between the service and its decoders', () => {
  it('bring a decoder images of any size that the memory for decodes has room for', async () => {
    const resizer = isolatedResizer({ program, maxBytes: 2 * GIB });
    try {
      const { signal } = new AbortController();
      expect(await decoderOrder(resizer, 'pid', signal, 257 * MIB)).to.match(/^\d+$/);
    } finally {
      await resizer.close();
    }
  });

  it('say lengths beyond 4 GiB', () => {
    const piece = Buffer.alloc(MIB);
    const body = Array.from({ length: 5 * 1024 }, () => piece);
    const [start] = piecesOf({ head: {}, body });
    expect(lengthsIn(Buffer.from(start ?? []), Infinity)).to.deep.equal({ headBytes: 2, bodyBytes: 5 * GIB });
  });

  it('are refused by their first bytes where the body is longer than it may be', () => {
    const frames: Frame<unknown>[] = [];
    const reader = new FrameReader((frame) => frames.push(frame));
    const bytes = (length: number) =>
      Buffer.concat(piecesOf({ head: { a: 1 }, body: [Buffer.alloc(length, 'b')] }));
    reader.maxBodyBytes = 100;
    reader.read(bytes(100));
    expect(frames).to.deep.equal([{ head: { a: 1 }, body: Buffer.alloc(100, 'b') }]);
    expect(() => reader.read(bytes(101).subarray(0, PREFIX_BYTES))).to.throw(RangeError, '101 bytes');
  });
});
