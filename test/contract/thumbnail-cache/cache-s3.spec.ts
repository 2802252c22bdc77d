import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { S3ThumbnailCache } from '../../../src/adapters/cache-s3/index.ts';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { MotoServer, whyNoMoto } from '../../adapters/secrets-ssm/moto-server.ts';
import { useEnvironment } from '../../adapters/secrets-ssm/use-environment.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { type ObjectStore, refuse, startObjectStore } from '../../support/object-store.ts';
import { rejection } from '../../support/rejection.ts';
import { itKeepsThumbnails } from './contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

const MIB = 1024 * 1024;

describe('with a bucket', function () {
  // Each request is signed, and there are hundreds at once.
  this.timeout(60_000);
  useEnvironment({ AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });
  let store: ObjectStore;
  before(async () => {
    store = await startObjectStore();
  });
  after(() => store[Symbol.asyncDispose]());
  afterEach(() => {
    store.intercept = undefined;
  });

  const openAt = (endpoint: string, namespace = 'thumbnailer', deadlineMs = 30_000) =>
    new S3ThumbnailCache({
      place: `s3://${store.bucket}/thumbnails/`,
      namespace,
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      deadlineMs,
    });
  const open = (namespace?: string, deadlineMs?: number) => openAt(store.url, namespace, deadlineMs);

  itKeepsThumbnails({ name: 's3', open: () => open(), exceptions: { hasNoLeases: true } });

  it('keeps services apart, and says nothing by the names of objects', async () => {
    const [one, other] = [open('one'), open('other')];
    const key = freshKey();
    await one.set(key, sampleEntry(), 60_000);
    expect(await other.get(key)).to.equal(undefined);
    expect([...store.objects.keys()].every((name) => /^thumbnails\/[0-9a-f]{64}$/.test(name))).to.equal(true);
    await Promise.all([one.close(), other.close()]);
  });

  it('reads what a store has whose dates nobody can read', async () => {
    const cache = open();
    const [key, entry] = [freshKey(), sampleEntry()];
    await cache.set(key, entry, 60_000);
    const { bytes, headers } = [...store.objects.values()].at(-1)!;
    store.intercept = (_request, response) =>
      void response.writeHead(200, { ...headers, 'last-modified': 'yesterday' }).end(bytes);
    expect(await cache.get(key)).to.deep.equal(entry);
    await cache.close();
  });

  it('leaves a store alone for a while that has failed, and says why', async () => {
    const cache = open();
    store.requests.length = 0;
    store.intercept = (_request, response) => refuse(response, 403, 'AccessDenied');
    for (let time = 0; time < 3; time += 1) {
      const error = await rejection(cache.get(freshKey()));
      expect(error).to.be.instanceOf(CacheUnavailableError);
      expect((error as Error).message).to.include('AccessDenied');
    }
    expect(store.requests).to.have.length(1);
    await cache.close();
  });

  it('goes on reading where it may not write', async () => {
    const cache = open();
    const key = freshKey();
    await cache.set(key, sampleEntry(), 60_000);
    store.intercept = (_request, response) => refuse(response, 403, 'AccessDenied');
    expect(await rejection(cache.set(freshKey(), sampleEntry(), 60_000))).to.be.instanceOf(
      CacheUnavailableError,
    );
    store.intercept = undefined;
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('has one request at a time wait for a store that goes on not answering', async () => {
    const cache = open('thumbnailer', 500);
    const get = async () => {
      const startedAt = performance.now();
      await rejection(cache.get(freshKey()));
      return performance.now() - startedAt;
    };
    store.intercept = () => undefined;
    await get();
    await sleep(2000);
    const waitedMs = await Promise.all(Array.from({ length: 20 }, get));
    expect(waitedMs.filter((ms) => ms >= 499)).to.have.length(1);
    store.intercept = undefined;
    await sleep(2000);
    expect(await cache.get(freshKey()), 'one that answers again').to.equal(undefined);
    await cache.set(freshKey(), sampleEntry(), 60_000);
    await cache.close();
  });

  for (const isAnnounced of [true, false]) {
    it(`does not read an object larger than any entry, ${isAnnounced ? 'as announced' : 'unannounced'}`, async () => {
      const cache = open();
      const key = freshKey();
      await cache.set(key, sampleEntry(), 60_000);
      const piece = Buffer.alloc(MIB);
      let sentBytes = 0;
      const isClosed = Promise.withResolvers<undefined>();
      store.intercept = (_request, response) => {
        const length = isAnnounced ? { 'content-length': 4096 * MIB } : {};
        response.writeHead(200, { ...length, 'x-amz-meta-expires': Date.now() + 60_000 });
        response.on('close', () => isClosed.resolve(undefined)).on('error', () => undefined);
        const send = () => {
          do sentBytes += MIB;
          while (!response.destroyed && response.write(piece));
        };
        response.on('drain', send);
        send();
      };
      expect(await cache.get(key)).to.equal(undefined);
      await isClosed.promise;
      expect(sentBytes).to.be.below((isAnnounced ? 16 : 80) * MIB);
      store.intercept = undefined;
      expect(await cache.get(key), 'the store is not to blame').to.deep.equal(sampleEntry());
      await cache.close();
    });
  }

  it('settles where the store does not answer', async () => {
    const cache = open('thumbnailer', 500);
    store.intercept = () => undefined;
    const startedAt = performance.now();
    expect(await rejection(cache.get(freshKey()))).to.be.instanceOf(CacheUnavailableError);
    expect(performance.now() - startedAt).to.be.below(10_000);
    await cache.close();
  }).timeout(60_000);

  describeUnless(whyNoMoto, 'at moto', () => {
    let moto: MotoServer;
    before(async () => {
      moto = await MotoServer.start();
      await moto.put(store.bucket);
    });
    after(async () => {
      await moto[Symbol.asyncDispose]();
    });

    itKeepsThumbnails({ name: 's3', open: () => openAt(moto.url), exceptions: { hasNoLeases: true } });
  });
});
