import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeCacheEntry, encodeCacheEntry } from '../../../src/domain/cache/cache-entry-codec.ts';
import { type CacheEntry, thumbnailEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { sampleFailure } from '../../support/cache-entries.ts';
import { type Harness, caller, harness, requestFor } from '../../support/service.ts';

const MAX_MS = 3_600_000;
const NOW_MS = 1_800_000_000_000;

const GOOD = thumbnailEntry(
  {
    bytes: Buffer.from('forged'),
    format: 'webp',
    width: 128,
    height: 105,
    original: { format: 'jpeg', width: 2725, height: 2225, bytes: 810_221 },
  },
  {
    generation: 'g',
    validators: { href: 'http://images.example/a.jpg', etag: '"v1"' },
    nowMs: NOW_MS,
    freshUntilMs: NOW_MS + 1000,
  },
);
const FAILURE = sampleFailure({ createdAtMs: NOW_MS, freshUntilMs: NOW_MS + 1000 });
const NOTE = { kind: 'changed', generation: 'g', createdAtMs: NOW_MS, freshUntilMs: NOW_MS + 1000 };
const GENERATION = { kind: 'generation', generation: 'g', createdAtMs: NOW_MS, freshUntilMs: NOW_MS + 1000 };

const odd = fc.oneof(
  fc.constantFrom(
    Number.MAX_SAFE_INTEGER,
    NOW_MS + MAX_MS + 1,
    0,
    -1,
    1.5,
    null,
    'a\r\nb',
    {},
    [],
    '__proto__',
  ),
  fc.anything(),
);
const fields = [
  'kind',
  'generation',
  'code',
  'sentence',
  'createdAtMs',
  'freshUntilMs',
  'etag',
  'validators',
  'thumbnail',
  'staleSinceMs',
  'retryAtMs',
  'verdictOf',
];

/** A good entry of any kind, with odd values in some of its fields. */
const forgedHead = fc
  .tuple(
    fc.constantFrom(GOOD, FAILURE, GENERATION, NOTE),
    fc.dictionary(fc.constantFrom(...fields), odd, { maxKeys: 3 }),
  )
  .map(([entry, changes]) => ({ ...entry, ...changes }));

describe('an entry that somebody else put into the cache', () => {
  let h: Harness;

  /** The service finds this under every key that it asks for. */
  const store = (forged: unknown) => {
    h = harness({ lifetimes: { maxMs: MAX_MS } });
    h.now = NOW_MS;
    h.cache.get = (key: CacheKey) => Promise.resolve(entryAs(key, key.startsWith('g') ? GENERATION : forged));
  };
  const entryAs = (key: CacheKey, forged: unknown): CacheEntry | undefined => {
    try {
      return decodeCacheEntry(key, encodeCacheEntry(key, forged as CacheEntry));
    } catch {
      // What cannot be written cannot be in a cache either.
      return undefined;
    }
  };
  const ask = () => h.service.thumbnail(requestFor('http://images.example/a.jpg'), {}, caller());

  it('is never a defect, and never fresh for longer than the operator allows', async () => {
    await fc.assert(
      fc.asyncProperty(forgedHead, async (forged) => {
        store(forged);
        const result = await ask().catch((error: unknown) => error);
        if (result instanceof ThumbnailerError) {
          expect(result.message).to.not.match(/[\p{C}<>]/u);
          return;
        }
        expect(result).to.have.nested.property('entry.kind', 'thumbnail');
        expect(result)
          .to.have.nested.property('entry.freshUntilMs')
          .that.is.at.most(NOW_MS + MAX_MS);
      }),
      { numRuns: 400 },
    );
  });

  it('is a miss where it is of another kind', async () => {
    store(GENERATION);
    expect((await ask()).cacheStatus).to.equal('miss');
  });

  it('is a miss where its image is empty', async () => {
    store({ ...GOOD, thumbnail: { ...GOOD.thumbnail, bytes: Buffer.alloc(0) } });
    expect((await ask()).cacheStatus).to.equal('miss');
  });

  it('is stale where it claims to be fresh for too long, so that it is made again', async () => {
    store({ ...GOOD, freshUntilMs: Number.MAX_SAFE_INTEGER });
    const { cacheStatus, entry } = await ask();
    expect(cacheStatus).to.equal('stale');
    expect(entry.freshUntilMs).to.be.at.most(NOW_MS);
    await turn();
    expect(h.fetcher.fetched).to.have.length(1);
  });

  it('is fresh until the bound where a clock that is a little ahead wrote it', async () => {
    store({ ...GOOD, freshUntilMs: NOW_MS + MAX_MS + 2000 });
    const { cacheStatus, entry } = await ask();
    expect([cacheStatus, entry.freshUntilMs]).to.deep.equal(['hit', NOW_MS + MAX_MS]);
  });

  it('forgets an error of a source that claims to last for days', async () => {
    store({ ...FAILURE, freshUntilMs: NOW_MS + MAX_MS });
    expect((await ask()).cacheStatus).to.equal('miss');
  });
});
