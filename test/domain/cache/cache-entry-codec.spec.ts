import { expect } from 'chai';
import fc from 'fast-check';
import { decodeCacheEntry, encodeCacheEntry } from '../../../src/domain/cache/cache-entry-codec.ts';
import { cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { imageBytesOf, thumbnailEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { redirectTarget } from '../../../src/domain/source/redirects.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { sampleFailure } from '../../support/cache-entries.ts';
import { rejection } from '../../support/rejection.ts';
import { OPEN_SOURCES } from '../../support/service.ts';

const SPEC = specOf({ size: 128, fit: 'inside', format: 'webp' });
const KEY = cacheKeyOf('http://images.example/a', SPEC);
const OTHER_KEY = cacheKeyOf('http://images.example/b', SPEC);

const LIFE = { nowMs: 1_800_000_000_000, freshUntilMs: 1_800_086_400_000 };

function entryOf(bytes: Uint8Array) {
  const original = { format: 'gif', width: 2725, height: 2225, bytes: 817_293 } as const;
  const thumbnail: Thumbnail = {
    bytes: Buffer.from(bytes),
    format: 'webp',
    width: 128,
    height: 105,
    original,
  };
  const validators = { href: 'http://images.example/a', etag: 'W/"1"' };
  return thumbnailEntry(thumbnail, { generation: 'g', validators, ...LIFE });
}

const FAILURE = sampleFailure({ createdAtMs: 1, freshUntilMs: 2 });

describe('cache entry codec', () => {
  it('reads what it wrote, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const entry = entryOf(bytes);
        expect(decodeCacheEntry(KEY, encodeCacheEntry(KEY, entry))).to.deep.equal(entry);
      }),
      { numRuns: 50 },
    );
  });

  it('reads a failure that it wrote', () => {
    expect(decodeCacheEntry(KEY, encodeCacheEntry(KEY, FAILURE))).to.deep.equal(FAILURE);
  });

  it('reads header fields as sources may send them', () => {
    const cacheControl = 'public,\tmax-age=600, ext="\xe9"';
    const entry = { ...entryOf(Buffer.from('image')), validators: { etag: '"a b"', cacheControl } };
    expect(decodeCacheEntry(KEY, encodeCacheEntry(KEY, entry))).to.deep.equal(entry);
  });

  it('reads what is said of redirects that lead nowhere', async () => {
    for (const location of [
      '',
      'http://[',
      'http://images.example/a',
      `/${'a'.repeat(9000)}`,
      'ftp://images.example/',
    ]) {
      const answer = { status: 302, headers: { location } };
      const following = new Promise(() => redirectTarget('https://images.example/', answer, OPEN_SOURCES));
      const { message: sentence } = (await rejection(following)) as Error;
      const failure = { ...FAILURE, code: 'source-refused', sentence } as const;
      expect(decodeCacheEntry(KEY, encodeCacheEntry(KEY, failure)), sentence).to.deep.equal(failure);
    }
  });

  it('does not read an entry of another key', () => {
    expect(decodeCacheEntry(OTHER_KEY, encodeCacheEntry(KEY, entryOf(Buffer.from('image'))))).to.equal(
      undefined,
    );
  });

  it('reads nothing that was changed in any bit, cut or lengthened', () => {
    const encoded = encodeCacheEntry(KEY, entryOf(Buffer.from('image bytes')));
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(encoded);
        changed[at] = changed[at]! ^ (1 << bit);
        expect(decodeCacheEntry(KEY, changed)).to.equal(undefined);
        expect(decodeCacheEntry(KEY, encoded.subarray(0, at))).to.equal(undefined);
      }),
    );
    expect(decodeCacheEntry(KEY, Buffer.concat([encoded, Buffer.from('x')]))).to.equal(undefined);
  });

  it('reads nothing from bytes that are none of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeCacheEntry(KEY, Buffer.from(bytes))).to.equal(undefined);
      }),
    );
  });

  it('refuses a forged head, though its digest is right', () => {
    const good = entryOf(Buffer.from('<script>'));
    for (const forged of [
      { ...good, etag: 'a"\r\nX-Evil: 1' },
      { ...good, freshUntilMs: -1 },
      { ...good, validators: { etag: 1 } },
      { ...good, validators: { etag: '"a\r\nX-Evil: 1"' } },
      { ...good, validators: { lastModified: 'x'.repeat(10_000) } },
      { ...good, kind: 'other' },
      { kind: 'generation', generation: 'a b', createdAtMs: 1, freshUntilMs: 2 },
      { kind: 'generation', createdAtMs: 1, freshUntilMs: 2 },
      { ...FAILURE, code: 'internal' },
      { ...FAILURE, sentence: undefined },
      ...['a\nb', 'a\u202eb', 'a\u200bb', '<b>', 'Log in at https://evil.example', 'x'.repeat(501)].map(
        (sentence) => ({ ...FAILURE, sentence }),
      ),
      { ...good, thumbnail: { ...good.thumbnail, format: 'html' } },
      { ...good, thumbnail: { ...good.thumbnail, width: '1' } },
      { ...good, thumbnail: { ...good.thumbnail, width: 0 } },
      { ...good, thumbnail: { ...good.thumbnail, height: 2 ** 40 } },
      { ...good, thumbnail: { ...good.thumbnail, original: undefined } },
    ]) {
      const encoded = encodeCacheEntry(KEY, forged as unknown as typeof good);
      expect(decodeCacheEntry(KEY, encoded)).to.equal(undefined);
    }
  });

  it('reads from a plain Uint8Array too, a view of a larger buffer', () => {
    const entry = entryOf(Uint8Array.of(1, 2, 3));
    const stored = encodeCacheEntry(KEY, entry);
    const larger = new Uint8Array(stored.length + 20);
    larger.set(stored, 7);
    const view = larger.subarray(7, 7 + stored.length);
    expect(Buffer.isBuffer(view)).to.equal(false);
    expect(decodeCacheEntry(KEY, view)).to.deep.equal(entry);
    expect(decodeCacheEntry(KEY, view.subarray(1))).to.equal(undefined);
  });

  it('copies nothing: the image is where the bytes are', () => {
    const encoded = encodeCacheEntry(KEY, entryOf(Buffer.alloc(20_000)));
    const decoded = decodeCacheEntry(KEY, encoded)!;
    expect(imageBytesOf(decoded).buffer).to.equal(encoded.buffer);
  });
});
