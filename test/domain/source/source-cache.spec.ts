import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { PLAIN } from '../../../src/domain/image/image-header/raster-header.ts';
import { type CachedSource, SourceCache } from '../../../src/domain/source/source-cache.ts';

describe('SourceCache', () => {
  let now = 1000;
  beforeEach(() => (now = 1000));
  const keeping = (maxBytes: number) => new SourceCache({ maxBytes, now: () => now });

  it('forgets what was used longest ago, and never takes more than it may', () => {
    const kept = keeping(3 * 12_000);
    for (const name of ['a', 'b']) kept.set(name, file(10_000));
    expect(kept.get('a')).to.not.equal(undefined);
    for (const name of ['c', 'd']) kept.set(name, file(10_000));
    expect(['a', 'b', 'c', 'd'].filter((name) => kept.get(name))).to.deep.equal(['a', 'c', 'd']);
    expect(kept.bytes).to.be.within(30_000, 36_000);
  });

  it('keeps nothing that is larger than all it may take, nor the older one under its key', () => {
    const kept = keeping(20_000);
    kept.set('a', file(10_000));
    kept.set('a', file(30_000));
    expect([kept.get('a'), kept.bytes]).to.deep.equal([undefined, 0]);
    expect([keeping(0).keepsAny, kept.keepsAny]).to.deep.equal([false, true]);
  });

  it('counts the one that takes the place of another once', () => {
    const kept = keeping(50_000);
    for (let time = 0; time < 10; time += 1) kept.set('a', file(10_000));
    expect(kept.bytes).to.be.within(10_000, 12_000);
  });

  it('counts all of the memory that an image is in, as that is what it keeps', () => {
    const kept = keeping(50_000);
    const { file: image, ...source } = file(10_000);
    kept.set('a', { ...source, file: { ...image, bytes: new Uint8Array(12_500).subarray(0, 10_000) } });
    expect(kept.bytes).to.be.within(12_500, 14_500);
    kept.delete('a');
    expect(kept.bytes).to.equal(0);
  });

  it('counts what a source has sent of itself, and its address: either may be longer than the image', () => {
    const kept = keeping(50_000);
    const address = `http://images.example/${'a'.repeat(10_000)}`;
    kept.set(address, { ...file(100), validators: { etag: `"${'x'.repeat(8000)}"` } });
    expect(kept.bytes).to.be.within(18_000, 20_000);
    kept.delete(address);
    expect(kept.bytes).to.equal(0);
  });

  it('gives nothing that is no longer fresh', () => {
    const kept = keeping(50_000);
    kept.set('a', file(10_000));
    now = 2000;
    expect([kept.get('a'), kept.bytes]).to.deep.equal([undefined, 0]);
  });

  it('gives nothing that was read at a time to come: the clock has been set back since', () => {
    const kept = keeping(50_000);
    kept.set('a', file(10_000));
    now = 999;
    expect([kept.get('a'), kept.bytes]).to.deep.equal([undefined, 0]);
  });

  it('gives the memory back of what it lets go of, once nobody makes a thumbnail of it', async () => {
    const kept = keeping(15_000);
    const [first, second] = [file(10_000), file(10_000)];
    kept.set('a', first);
    const held = kept.hold(first.file);
    kept.set('b', second);
    await setImmediate();
    expect([isFreed(first), isFreed(second)]).to.deep.equal([false, false]);
    held[Symbol.dispose]();
    await setImmediate();
    expect([isFreed(first), isFreed(second)]).to.deep.equal([true, false]);
    kept.delete('b');
    await setImmediate();
    expect(isFreed(second)).to.equal(true);
  });

  it('keeps the memory of what is kept again, and of what others take hold of in the same turn', async () => {
    const kept = keeping(15_000);
    const source = file(10_000);
    kept.set('a', source);
    kept.set('a', { ...source, validators: { etag: '"2"' } });
    await setImmediate();
    expect(isFreed(source)).to.equal(false);
    kept.delete('a');
    const held = kept.hold(source.file);
    await setImmediate();
    expect(isFreed(source)).to.equal(false);
    held[Symbol.dispose]();
  });

  it('lets go of what was read before another process has found a newer version', () => {
    const kept = keeping(50_000);
    kept.set('a', file(10_000));
    kept.deleteOlder('a', 1000);
    expect(kept.get('a')).to.not.equal(undefined);
    kept.deleteOlder('a', 1001);
    expect([kept.get('a'), kept.bytes]).to.deep.equal([undefined, 0]);
  });
});

function isFreed({ file: { bytes } }: ReturnType<typeof file>): boolean {
  return bytes.buffer instanceof ArrayBuffer && bytes.buffer.detached;
}

function file(bytes: number) {
  const header = { ...PLAIN, format: 'png', width: 1, height: 1 } as const;
  const whole = { bytes: new Uint8Array(bytes), format: 'png', header, isPart: false } as const;
  return {
    facts: { format: 'png', header },
    validators: {},
    lifetime: { storable: true, freshUntilMs: 2000 },
    readAtMs: 1000,
    file: { ...whole, wholeBytes: bytes },
    intermediates: new Map(),
  } as const satisfies CachedSource;
}
