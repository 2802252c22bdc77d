import { imageBytesOf } from '../../../src/domain/cache/cache-entry.ts';
import { expect } from 'chai';
import { MemoryThumbnailCache } from '../../../src/adapters/cache-memory/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';

const MINUTE_MS = 60_000;
const KIB = 1024;

describe('cache-memory', () => {
  it('says how much it holds', () => {
    expect(new MemoryThumbnailCache({ maxBytes: 64 * KIB * KIB }).description).to.equal('memory (64 MiB)');
  });

  it('holds no more bytes than it may, and drops first what was used longest ago', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 100 * KIB });
    const keys = Array.from({ length: 10 }, freshKey);
    for (const key of keys.slice(0, 9))
      await cache.set(key, sampleEntry({ byteLength: 10 * KIB }), MINUTE_MS);
    expect(await cache.get(keys[0]!), 'used again').to.not.equal(undefined);
    await cache.set(keys[9]!, sampleEntry({ byteLength: 10 * KIB }), MINUTE_MS);

    const kept = await Promise.all(keys.map(async (key) => (await cache.get(key)) !== undefined));
    expect(kept).to.deep.equal([true, false, true, true, true, true, true, true, true, true]);
  });

  it('counts what an entry takes besides its image: empty ones cannot pile up', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 100 * KIB });
    const keys = Array.from({ length: 1000 }, freshKey);
    for (const key of keys) await cache.set(key, sampleEntry({ byteLength: 0 }), MINUTE_MS);
    const kept = await Promise.all(keys.map((key) => cache.get(key)));
    expect(kept.filter((entry) => entry !== undefined)).to.have.length.within(50, 200);
  });

  it('counts what a source has sent of itself, which may be longer than the image', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 100 * KIB });
    const keys = Array.from({ length: 50 }, freshKey);
    const validators = { etag: `"${'x'.repeat(8 * KIB)}"` };
    for (const key of keys)
      await cache.set(key, { ...sampleEntry({ byteLength: 100 }), validators }, MINUTE_MS);
    const kept = await Promise.all(keys.map((key) => cache.get(key)));
    expect(kept.filter((entry) => entry !== undefined)).to.have.length.within(5, 12);
  });

  it('does not keep an entry that is larger than all of it, and keeps the others', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 100 * KIB });
    const [small, large] = [freshKey(), freshKey()];
    await cache.set(small, sampleEntry(), MINUTE_MS);
    await cache.set(large, sampleEntry({ byteLength: 100 * KIB }), MINUTE_MS);
    expect(await cache.get(large)).to.equal(undefined);
    expect(await cache.get(small)).to.deep.equal(sampleEntry());
  });

  it('does not keep the large buffer alive that an image is a view of', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 100 * KIB });
    const [key, entry, receiveBuffer] = [freshKey(), sampleEntry(), Buffer.alloc(64 * KIB, 7)];
    const bytes = receiveBuffer.subarray(100, 300);
    await cache.set(key, { ...entry, thumbnail: { ...entry.thumbnail, bytes } }, MINUTE_MS);
    receiveBuffer.fill(0);
    const kept = imageBytesOf((await cache.get(key))!);
    expect(kept).to.deep.equal(Buffer.alloc(200, 7));
    expect(kept.buffer.byteLength).to.equal(200);
  });

  it('shows at once what it has, and counts that as a use', async () => {
    const cache = new MemoryThumbnailCache({ maxBytes: 30 * KIB });
    const [first, second, third] = [freshKey(), freshKey(), freshKey()];
    const entry = sampleEntry({ byteLength: 10 * KIB });
    await cache.set(first, entry, MINUTE_MS);
    await cache.set(second, entry, MINUTE_MS);
    expect(cache.getSync(first)).to.deep.equal(entry);
    await cache.set(third, entry, MINUTE_MS);
    expect([first, second, third].map((key) => cache.getSync(key) !== undefined)).to.deep.equal([
      true,
      false,
      true,
    ]);
  });
});
