import { expect } from 'chai';
import { InvalidRequestError, SignatureRequiredError } from '../../../src/domain/errors/index.ts';
import type { ImageRequest } from '../../../src/domain/making/image-uploads.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, harness, never, requestFor } from '../../support/service.ts';

const IMAGE = Buffer.from('picture');
const WISH: ImageRequest = { size: 128, fit: 'inside', format: 'webp' };

describe('images that are sent', () => {
  it('are found again by their bytes, for as long as a thumbnail is fresh', async () => {
    const fakes = harness({ lifetimes: { defaultMs: 60_000 } });
    const { service } = fakes;
    const ask = (image = IMAGE) => service.createFromImage(image, WISH, { signal: never });
    const made = await ask();
    expect(made.cacheStatus).to.equal('miss');
    expect(Buffer.from(made.entry.thumbnail.bytes).toString()).to.equal('picture 128 inside webp');
    expect(fakes.cache.ttls).to.deep.equal([60_000]);
    expect((await ask(Buffer.from('picture'))).cacheStatus).to.equal('hit');
    expect((await ask(Buffer.from('pictur!'))).cacheStatus).to.equal('miss');
    fakes.now += 60_000;
    expect((await ask()).cacheStatus).to.equal('miss');
  });

  it('share no key with a source, whatever that is called', async () => {
    const { service, cache } = harness();
    await service.createFromImage(IMAGE, WISH, { signal: never });
    await service.create(requestFor('http://images.example/sha256:picture', WISH), { signal: never });
    expect(cache.entries.size).to.equal(2);
  });

  it('may ask for what a source may be asked for', async () => {
    const open = harness().service.createFromImage(IMAGE, { ...WISH, size: 65 }, { signal: never });
    expect(await rejection(open)).to.be.instanceOf(InvalidRequestError);
    const strict = harness({ requests: { signatures: 'required' } }).service;
    const closed = strict.createFromImage(IMAGE, WISH, { signal: never });
    expect(await rejection(closed)).to.be.instanceOf(SignatureRequiredError);
    expect(await rejection(strict.authorise(WISH))).to.be.instanceOf(SignatureRequiredError);
  });

  it('are worked on in a place among the misses, and need none where the cache has their thumbnail', async () => {
    const misses = admission({ places: 1, budget: 0, queueLimit: 0 });
    const { service, resizer } = harness({ misses });
    resizer.answer = async (image, spec) => {
      expect(misses.inside).to.equal(1);
      return harness().resizer.answer(image, spec);
    };
    await service.createFromImage(IMAGE, WISH, { signal: never });
    using _taken = await misses.admit(0, never);
    expect((await service.createFromImage(IMAGE, WISH, { signal: never })).cacheStatus).to.equal('hit');
    const other = service.createFromImage(Buffer.from('other'), WISH, { signal: never });
    expect(await rejection(other)).to.include({ code: 'overloaded' });
  });

  it('take up room until their thumbnail is made, or until it turns out that it is there', async () => {
    const [misses, downloadBytes] = [admission({ budget: 0 }), admission()];
    const { service, resizer } = harness({ misses, downloadBytes });
    const spent: number[] = [];
    resizer.answer = async (image, spec) => {
      spent.push(downloadBytes.spent);
      return harness().resizer.answer(image, spec);
    };
    for (const status of ['miss', 'hit'] as const) {
      const room = await service.makeRoom(1000, never);
      expect([misses.inside, downloadBytes.spent]).to.deep.equal([1, 1000]);
      const made = await service.createFromImage(IMAGE, WISH, { signal: never, room });
      expect(made.cacheStatus).to.equal(status);
      expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
    }
    expect(spent).to.deep.equal([1000]);
  });

  it('take up no place where there is no room for their bytes', async () => {
    const [misses, downloadBytes] = [admission({ budget: 0 }), admission({ budget: 100, queueLimit: 0 })];
    const { service } = harness({ misses, downloadBytes });
    using _first = await service.makeRoom(80, never);
    expect(await rejection(service.makeRoom(30, never))).to.include({ code: 'overloaded' });
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([1, 80]);
  });

  it('that are the same are worked on once; who sent the first may leave, and its bytes stay till the end', async () => {
    const downloadBytes = admission();
    const { service, resizer } = harness({ downloadBytes });
    const release = Promise.withResolvers<undefined>();
    resizer.answer = async (image, spec): Promise<Thumbnail> => {
      await release.promise;
      return harness().resizer.answer(image, spec);
    };
    const first = new AbortController();
    let isGivenBack = false;
    const room = await service.makeRoom(1000, never);
    room.defer(() => (isGivenBack = true));
    const left = service.createFromImage(IMAGE, WISH, { signal: first.signal, room });
    while (resizer.resized === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = service.createFromImage(IMAGE, WISH, {
      signal: never,
      room: await service.makeRoom(500, never),
    });
    while (downloadBytes.spent > 1000) await new Promise((resolve) => setImmediate(resolve));
    first.abort(new Error('left'));
    expect(await rejection(left)).to.include({ message: 'left' });
    expect([isGivenBack, downloadBytes.spent]).to.deep.equal([false, 1000]);
    release.resolve(undefined);
    expect((await second).cacheStatus).to.equal('miss');
    expect([isGivenBack, downloadBytes.spent, resizer.resized]).to.deep.equal([true, 0, 1]);
  });

  it('leave no fault behind', async () => {
    const { service, resizer, cache } = harness();
    resizer.answer = () => Promise.reject(new InvalidRequestError('image', 'no'));
    const failing = service.createFromImage(IMAGE, WISH, { signal: never });
    expect(await rejection(failing)).to.be.instanceOf(InvalidRequestError);
    expect(cache.entries).to.be.empty;
  });
});
