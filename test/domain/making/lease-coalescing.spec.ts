import { expect } from 'chai';
import type { FailureEntry, ThumbnailEntry } from '../../../src/domain/cache/cache-entry.ts';
import { type CacheKey, cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { LeaseCoalescing } from '../../../src/domain/making/lease-coalescing.ts';
import type { Job } from '../../../src/domain/making/job.ts';
import type { Made } from '../../../src/domain/making/thumbnail-maker.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { openRemote } from '../../../src/domain/source/open-source.ts';
import { Requester } from '../../../src/domain/work/requester.ts';
import type { Lease } from '../../../src/ports/thumbnail-cache.ts';
import { sampleEntry } from '../../support/cache-entries.ts';
import { FakeCache } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { never, requestFor } from '../../support/service.ts';

/** A cache that several processes share, each of them a `LeaseCoalescing` here. */
class SharedCache extends FakeCache {
  readonly #leases = new Map<CacheKey, symbol>();

  lease(key: CacheKey): Promise<Lease | undefined> {
    if (this.#leases.has(key)) return Promise.resolve(undefined);
    const token = Symbol('lease');
    this.#leases.set(key, token);
    const release = () => {
      if (this.#leases.get(key) === token) this.#leases.delete(key);
      return Promise.resolve();
    };
    return Promise.resolve({ release });
  }
}

const { spec } = requestFor('http://images.example/a.jpg');
const source = openRemote(parseSourceUrl('http://images.example/a.jpg'));
const job: Job = {
  keys: { thumbnail: cacheKeyOf(source.name, spec), generation: undefined },
  source,
  generation: 'g',
  mayBeKept: true,
  spec,
  refresh: false,
  requester: new Requester(),
};

describe('LeaseCoalescing', () => {
  let cache: SharedCache;
  let made: number;
  const processes = (count: number, make: (job: Job) => Promise<Made>, patienceMs = 3000) =>
    Array.from(
      { length: count },
      () =>
        new LeaseCoalescing({
          cache,
          make,
          ifFresh: (entry) =>
            entry !== undefined && entry.kind !== 'generation' && entry.freshUntilMs > 0 ? entry : undefined,
          pollMs: 5,
          patienceMs,
        }),
    );
  const makeAndKeep = async (): Promise<Made> => {
    made += 1;
    await new Promise((resolve) => setTimeout(resolve, 30));
    const entry: ThumbnailEntry = sampleEntry();
    await cache.set(job.keys.thumbnail, entry, 1000);
    return { entry, stored: true, timings: { fetchMs: 1 } };
  };

  beforeEach(() => {
    cache = new SharedCache();
    made = 0;
  });

  it('has one process do the work, and the others find it', async () => {
    const results = await Promise.all(processes(10, makeAndKeep).map((each) => each.make(job, never)));
    expect(made).to.equal(1);
    expect(results.filter(({ isCollapsed = false }) => !isCollapsed)).to.have.length(1);
    expect(
      results.every(({ entry }) => entry.kind === 'thumbnail' && entry.etag === sampleEntry().etag),
    ).to.equal(true);
  });

  it('works alone where the cache has no leases', async () => {
    const alone = new LeaseCoalescing({
      cache: new FakeCache(),
      make: makeAndKeep,
      ifFresh: () => undefined,
    });
    await Promise.all([alone.make(job, never), alone.make(job, never)]);
    expect(made).to.equal(2);
  });

  it('takes the place of a leader that fails', async () => {
    const failing = processes(1, () => Promise.reject(new Error('failed')))[0]!;
    const following = processes(1, makeAndKeep)[0]!;
    const failed = rejection(failing.make(job, never));
    expect((await following.make(job, never)).stored).to.equal(true);
    expect(await failed).to.have.property('message', 'failed');
  });

  it('works alone where the leader is slow or dead', async () => {
    await cache.lease(job.keys.thumbnail);
    const [impatient] = processes(1, makeAndKeep, 20);
    expect((await impatient!.make(job, never)).timings.fetchMs).to.equal(1);
    expect(made).to.equal(1);
  });

  it('passes on the error that the leader has met', async () => {
    await cache.lease(job.keys.thumbnail);
    const failure: FailureEntry = {
      kind: 'failure',
      code: 'source-not-found',
      sentence: 'There is nothing there.',
      verdictOf: '',
      generation: 'g',
      createdAtMs: 1,
      freshUntilMs: 2,
    };
    await cache.set(job.keys.thumbnail, failure, 1000);
    const error = await rejection(processes(1, makeAndKeep)[0]!.make(job, never));
    expect(error).to.include({ code: 'source-not-found', message: failure.sentence });
  });

  it('does not wait to refresh what is stale', async () => {
    await cache.lease(job.keys.thumbnail);
    const previous = { ...sampleEntry(), freshUntilMs: 0 };
    const result = await processes(1, makeAndKeep)[0]!.make({ ...job, previous }, never);
    expect(result.entry).to.equal(previous);
    expect(made).to.equal(0);
  });

  it('gives the lease back, and leaves when nobody waits any more', async () => {
    await processes(1, makeAndKeep)[0]!.make(job, never);
    expect(await cache.lease(job.keys.thumbnail)).to.not.equal(undefined);
    cache.entries.clear();
    const client = new AbortController();
    const waiting = rejection(processes(1, makeAndKeep)[0]!.make(job, client.signal));
    client.abort(new Error('left'));
    expect(await waiting).to.have.property('message', 'left');
  });
});
