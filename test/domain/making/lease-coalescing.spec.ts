import { expect } from 'chai';
import type { ThumbnailEntry } from '../../../src/domain/cache/cache-entry.ts';
import { type CacheKey, cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';
import { boundedEntry } from '../../../src/domain/cache/entry-bounds.ts';
import { LeaseCoalescing } from '../../../src/domain/making/lease-coalescing.ts';
import type { Job } from '../../../src/domain/making/job.ts';
import type { Made } from '../../../src/domain/making/thumbnail-maker.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { openRemote } from '../../../src/domain/source/open-source.ts';
import { Requester } from '../../../src/domain/work/requester.ts';
import { Patience } from '../../../src/domain/work/patience.ts';
import { type Lease, UNSHARED_LEASE } from '../../../src/ports/thumbnail-cache.ts';
import { sampleEntry, sampleFailure } from '../../support/cache-entries.ts';
import { FakeCache } from '../../support/fakes.ts';
import { MockClock, elapse } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { never, requestFor } from '../../support/service.ts';

/** A cache that several processes share, each of them a `LeaseCoalescing` here. */
class SharedCache extends FakeCache {
  readonly #leases = new Map<CacheKey, symbol>();
  renewals = 0;

  lease(key: CacheKey): Promise<Lease | undefined> {
    if (this.#leases.has(key)) return Promise.resolve(undefined);
    const token = Symbol('lease');
    this.#leases.set(key, token);
    const release = () => {
      if (this.#leases.get(key) === token) this.#leases.delete(key);
      return Promise.resolve();
    };
    const renew = () => {
      this.renewals += 1;
      return Promise.resolve(this.#leases.get(key) === token);
    };
    return Promise.resolve({ release, renew });
  }

  /** Its holder has died. */
  lapse(key: CacheKey): void {
    this.#leases.delete(key);
  }
}

const { spec } = requestFor('http://images.example/a.jpg');
const source = openRemote(parseSourceUrl('http://images.example/a.jpg'));
const job: Job = {
  keys: { thumbnail: cacheKeyOf(source.name, spec), generation: undefined, policy: '' },
  source,
  generation: 'g',
  mayBeKept: true,
  spec,
  refresh: false,
  isBehind: false,
  requester: new Requester(),
};

describe('LeaseCoalescing', () => {
  let clock: MockClock;
  let cache: SharedCache;
  let made: number;
  const processes = (count: number, make: (job: Job) => Promise<Made>, maxWorkMs = 60_000) =>
    Array.from(
      { length: count },
      () =>
        new LeaseCoalescing({
          cache,
          make,
          ifDone: (entry) => {
            const found = boundedEntry(entry, { nowMs: 1, maxMs: 1e9, verdicts: '' });
            return found !== undefined && found.freshUntilMs > 0 ? found : undefined;
          },
          maxWorkMs,
          now: () => 1,
          patience: new Patience({ forMs: 40, everyMs: 5 }),
        }),
    );
  const makeAndKeep = async (): Promise<Made> => {
    made += 1;
    await elapse(30);
    const entry: ThumbnailEntry = sampleEntry();
    await cache.set(job.keys.thumbnail, entry, 1000);
    return { entry, stored: true, timings: { fetchMs: 1 } };
  };

  beforeEach(() => {
    clock = new MockClock();
    cache = new SharedCache();
    made = 0;
  });
  afterEach(() => clock[Symbol.dispose]());

  it('has one process do the work, and the others find it', async () => {
    const results = await clock.run(
      Promise.all(processes(10, makeAndKeep).map((each) => each.make(job, never))),
    );
    expect(made).to.equal(1);
    expect(results.filter(({ isCollapsed = false }) => !isCollapsed)).to.have.length(1);
    expect(
      results.every(({ entry }) => entry.kind === 'thumbnail' && entry.etag === sampleEntry().etag),
    ).to.equal(true);
  });

  it('works alone where the cache has no leases', async () => {
    Object.assign(cache, { lease: undefined });
    await clock.run(Promise.all(processes(2, makeAndKeep).map((each) => each.make(job, never))));
    expect(made).to.equal(2);
  });

  it('asks again where the cache does not say for a moment who is first', async () => {
    const lease = cache.lease.bind(cache);
    let asked = 0;
    cache.lease = (key) => {
      asked += 1;
      return asked <= 4 ? Promise.resolve(UNSHARED_LEASE) : lease(key);
    };
    await clock.run(Promise.all(processes(2, makeAndKeep).map((each) => each.make(job, never))));
    expect(made).to.equal(1);
  });

  it('works alone where the cache does not say it at all, and then without a wait', async () => {
    let asked = 0;
    cache.lease = () => {
      asked += 1;
      return asked % 2 === 0 ? Promise.reject(new Error('down')) : Promise.resolve(UNSHARED_LEASE);
    };
    const [process] = processes(1, makeAndKeep);
    await clock.run(process!.make(job, never));
    const before = asked;
    cache.entries.clear();
    await clock.run(process!.make(job, never));
    expect(before).to.be.above(2);
    expect(asked - before).to.equal(1);
    expect(made).to.equal(2);
  });

  it('takes the place of a leader that fails', async () => {
    const failing = processes(1, () => Promise.reject(new Error('failed')))[0]!;
    const following = processes(1, makeAndKeep)[0]!;
    const failed = rejection(failing.make(job, never));
    expect((await clock.run(following.make(job, never))).stored).to.equal(true);
    expect(await failed).to.have.property('message', 'failed');
  });

  it('waits for a slow leader, who renews the lease', async () => {
    const slowly = async () => {
      await elapse(900);
      return makeAndKeep();
    };
    await clock.run(Promise.all(processes(3, slowly).map((each) => each.make(job, never))));
    expect(made).to.equal(1);
    expect(cache.renewals).to.equal(2);
  });

  it('has one of those who wait take the place of a leader that has died', async () => {
    await cache.lease(job.keys.thumbnail);
    const waiting = processes(3, makeAndKeep).map((each) => each.make(job, never));
    await clock.pass(60);
    expect(made).to.equal(0);
    cache.lapse(job.keys.thumbnail);
    const results = await clock.run(Promise.all(waiting));
    expect(made).to.equal(1);
    expect(results.filter(({ isCollapsed = false }) => !isCollapsed)).to.have.length(1);
  });

  it('renews no lease for work that is stuck', async () => {
    const leaving = new AbortController();
    const stuck = () => new Promise<Made>((_, reject) => leaving.signal.addEventListener('abort', reject));
    const working = rejection(processes(1, stuck, 0)[0]!.make(job, leaving.signal));
    await clock.pass(900);
    leaving.abort(new Error('over'));
    await working;
    expect(cache.renewals).to.equal(0);
  });

  for (const [what, isPrivate] of [
    ['the source wants kept nowhere', true],
    ['the cache does not keep, as it is too large', false],
  ] as const) {
    it(`has each make what ${what}, instead of one after another`, async () => {
      let atOnce = 0;
      let most = 0;
      const makeForOne = async (): Promise<Made> => {
        made += 1;
        most = Math.max(most, (atOnce += 1));
        await elapse(100);
        atOnce -= 1;
        return { entry: sampleEntry(), stored: false, isPrivate, timings: {} };
      };
      await clock.run(Promise.all(processes(5, makeForOne).map((each) => each.make(job, never))));
      expect(made).to.equal(5);
      // The first alone, then one with the lease and those who need none.
      expect(most).to.be.above(2);
    });
  }

  it('leaves an earlier thumbnail where it is, though the cache fails to keep what was made of it', async () => {
    const previous = { ...sampleEntry(), freshUntilMs: 0 };
    await cache.set(job.keys.thumbnail, previous, 1000);
    const unstored = () => Promise.resolve({ entry: previous, stored: false, timings: {} });
    await clock.run(processes(1, unstored)[0]!.make({ ...job, previous }, never));
    expect(cache.entries.get(job.keys.thumbnail)).to.equal(previous);
  });

  it('leaves a thumbnail where it is that was kept after all, though the cache did not say so in time', async () => {
    const entry = sampleEntry();
    const makeAndKeepLate = async (): Promise<Made> => {
      await cache.set(job.keys.thumbnail, entry, 1000);
      return { entry, stored: undefined, timings: {} };
    };
    await clock.run(processes(1, makeAndKeepLate)[0]!.make(job, never));
    expect(cache.entries.get(job.keys.thumbnail)).to.equal(entry);
  });

  it('leaves what is there, though unseen, where the cache did not answer', async () => {
    const unseen = { ...sampleEntry(), freshUntilMs: 0 };
    await cache.set(job.keys.thumbnail, unseen, 1000);
    Object.assign(cache, { lease: () => Promise.resolve(UNSHARED_LEASE) });
    const unstored = () => Promise.resolve({ entry: sampleEntry(), stored: false, timings: {} });
    await clock.run(processes(1, unstored)[0]!.make(job, never));
    expect(cache.entries.get(job.keys.thumbnail)).to.equal(unseen);
  });

  it('passes on the error that the leader has met', async () => {
    await cache.lease(job.keys.thumbnail);
    const failure = sampleFailure({ createdAtMs: 1, freshUntilMs: 2 });
    await cache.set(job.keys.thumbnail, failure, 1000);
    const error = await clock.run(rejection(processes(1, makeAndKeep)[0]!.make(job, never)));
    expect(error).to.include({ code: 'source-not-found', message: failure.sentence });
  });

  it('does not wait to refresh what is stale', async () => {
    await cache.lease(job.keys.thumbnail);
    const previous = { ...sampleEntry(), freshUntilMs: 0 };
    const stale = { ...job, previous, isBehind: true };
    const result = await processes(1, makeAndKeep)[0]!.make(stale, never);
    expect(result.entry).to.equal(previous);
    expect(made).to.equal(0);
  });

  it('gives the lease back, and leaves when nobody waits any more', async () => {
    await clock.run(processes(1, makeAndKeep)[0]!.make(job, never));
    expect(await cache.lease(job.keys.thumbnail)).to.not.equal(undefined);
    cache.entries.clear();
    const client = new AbortController();
    const waiting = rejection(processes(1, makeAndKeep)[0]!.make(job, client.signal));
    client.abort(new Error('left'));
    expect(await waiting).to.have.property('message', 'left');
  });
});
