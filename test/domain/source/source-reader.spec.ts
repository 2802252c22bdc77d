import { expect } from 'chai';
import { SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import type { ImageFile } from '../../../src/domain/image/image-file.ts';
import { isIntermediate } from '../../../src/domain/image/intermediate-image.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { ThumbnailRequest } from '../../../src/domain/request/source-request.ts';
import type { SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { imageOf, sourceAnswer, textOf } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { signatureOf } from '../../support/signing.ts';
import { admission, caller, type Harness, harness, requestFor, memoryPool } from '../../support/service.ts';

const MIB = 1024 * 1024;
const URL = 'http://images.example/a.jpg';
const SIZES = [64, 128, 256];
const KEY = Buffer.alloc(32, 'key');
const SIGNING_KEYS = { 'signing-keys': `k:${KEY.toString('base64url')}` };
const SIGNED = { signature: signatureOf('GET', KEY) };

const VARIANTS: readonly ThumbnailRequest[] = SIZES.flatMap((size) => [
  requestFor(URL, { size, format: 'webp' }),
  requestFor(URL, { size, format: 'jpeg' }),
]);

const ask = ({ service }: Harness, request: ThumbnailRequest) => service.thumbnail(request, {}, caller());
const askForAll = (h: Harness) => Promise.all(VARIANTS.map((request) => ask(h, request)));

async function askOneByOne(h: Harness) {
  const results = [];
  for (const request of VARIANTS) results.push(await ask(h, request));
  return results;
}

/** A harness that keeps sources, all of whose thumbnails share an intermediate image. */
function keeping(options: Parameters<typeof harness>[0] = {}): Harness {
  const h = harness({ keptSourcesBytes: MIB, ...options });
  h.resizer.plan = () => 'shared';
  return h;
}

const counts = ({ fetcher, resizer }: Harness) => [fetcher.fetched.length, resizer.decoded, resizer.resized];

describe('reading a source', () => {
  it('is done once for all sizes and formats, one after the other', async () => {
    const h = keeping();
    const results = await askOneByOne(h);
    expect(counts(h)).to.deep.equal([1, 1, 6]);
    expect(results.map(({ cacheStatus }) => cacheStatus)).to.deep.equal(Array(6).fill('miss'));
    expect(results[0]!.timings).to.include.keys('fetchMs', 'resizeMs');
    expect(results[1]!.timings).to.have.all.keys('cacheMs', 'resizeMs');
    const facts = results.map(({ entry }) => [entry.validators, entry.freshUntilMs]);
    expect(new Set(facts.map((fact) => JSON.stringify(fact))).size).to.equal(1);
  });

  it('is done once for all sizes and formats that are asked for at a time', async () => {
    const h = keeping();
    const results = await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 1, 6]);
    expect(results[0]!.timings).to.include.keys('fetchMs');
    expect(results[1]!.timings).to.include.keys('waitMs').and.not.include.keys('fetchMs');
  });

  it('takes the thumbnail that a decode has made with it, for the request that it was made for alone', async () => {
    const h = keeping();
    const decode = h.resizer.decode.bind(h.resizer);
    h.resizer.decode = async (image, spec) => {
      return { ...(await decode(image, spec)), thumbnail: await h.resizer.answer('made at once', spec) };
    };
    const results = await askForAll(h);
    const atOnce = results.map(({ entry }) => textOf(entry.thumbnail.bytes).startsWith('made at once'));
    expect(atOnce).to.deep.equal([true, false, false, false, false, false]);
    h.cache.forgetKept();
    await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 1, 5 + 6]);
  });

  it('is one download and a decode for each plan where these are several', async () => {
    const h = keeping();
    h.resizer.plan = ({ width }) => `for ${width}`;
    await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 3, 6]);
  });

  it('is one download for all that are asked for at a time where nothing may be kept, and one for each later', async () => {
    const h = keeping({ keptSourcesBytes: 0 });
    await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 0, 6]);
    h.cache.forgetKept();
    await askOneByOne(h);
    expect(counts(h)).to.deep.equal([7, 0, 12]);
  });

  it('keeps a small file that is made into thumbnails in one step', async () => {
    const h = harness({ keptSourcesBytes: MIB });
    await askOneByOne(h);
    expect(counts(h)).to.deep.equal([1, 0, 6]);
  });

  it('keeps no large one', async () => {
    const h = harness({ keptSourcesBytes: 4 * MIB, limits: { maxBytes: MIB } });
    h.fetcher.answer = () => Promise.resolve(sourceAnswer('a'.repeat(600 * 1024)));
    await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 0, 6]);
    h.cache.forgetKept();
    await askOneByOne(h);
    expect(counts(h)).to.deep.equal([7, 0, 12]);
  });

  for (const places of [8, 1]) {
    it(`is done again for sizes that a JPEG cut short has too little of, with ${places} at a time`, async () => {
      const h = harness({ keptSourcesBytes: MIB, misses: admission({ places }) });
      const file = await progressiveJpeg();
      h.fetcher.answer = () => Promise.resolve(answerWith(file));
      const resized = recordFiles(h);
      await Promise.all(VARIANTS.slice(0, 2).map((request) => ask(h, request)));
      expect(counts(h), 'an eighth is 125 pixels').to.deep.equal([1, 0, 2]);
      expect(resized.map(({ isPart, wholeBytes }) => [isPart, wholeBytes])).to.deep.equal(
        Array(2).fill([true, file.length]),
      );
      await Promise.all([...VARIANTS].reverse().map((request) => ask(h, request)));
      expect(h.fetcher.fetched).to.have.length(2);
      h.cache.forgetKept();
    });
  }

  it('holds no slot while it waits for another, where what it waited for is too little', async () => {
    const [misses, downloadBytes] = [admission({ places: 1 }), memoryPool(512 * 1024)];
    const h = harness({ keptSourcesBytes: 0, misses, downloadBytes });
    const file = await progressiveJpeg();
    h.fetcher.answer = () => Promise.resolve(answerWith(file));
    await askForAll(h);
    expect(h.resizer.resized).to.equal(6);
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
  });

  it('is done again for a refresh, which uses nothing that was made of the source before', async () => {
    const h = keeping({ secrets: SIGNING_KEYS });
    h.resizer.plan = ({ width }) => `for ${width}`;
    await ask(h, requestFor(URL, { size: 64 }));
    h.fetcher.answer = () => Promise.resolve(sourceAnswer('changed'));
    await h.service.thumbnail(requestFor(URL, { size: 128 }), { ...SIGNED, refresh: true }, caller());
    expect(counts(h)).to.deep.equal([2, 2, 2]);
    const { entry } = await ask(h, requestFor(URL, { size: 64, format: 'jpeg' }));
    expect(Buffer.from(entry.thumbnail.bytes).toString()).to.equal('changed 64 inside jpeg');
  });

  it('is done again once the source was purged', async () => {
    const h = keeping({ secrets: SIGNING_KEYS });
    await ask(h, VARIANTS[0]!);
    await h.service.purge(parseSourceUrl(URL), SIGNED.signature);
    await ask(h, VARIANTS[1]!);
    expect(counts(h)).to.deep.equal([2, 2, 2]);
  });

  it('is done again once what was read is no longer fresh', async () => {
    const h = keeping({ lifetimes: { defaultMs: 5000, minMs: 1000 } });
    await ask(h, VARIANTS[0]!);
    h.now += 5001;
    await ask(h, VARIANTS[1]!);
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('keeps nothing of a source that wants to be kept nowhere, and still reads it once for all who wait', async () => {
    const h = keeping();
    h.fetcher.answer = () =>
      Promise.resolve(sourceAnswer('source', { headers: { 'cache-control': 'no-store' } }));
    const results = await askForAll(h);
    expect(counts(h)).to.deep.equal([1, 1, 6]);
    expect(results.some(({ stored }) => stored)).to.equal(false);
    await ask(h, VARIANTS[0]!);
    expect(h.fetcher.fetched).to.have.length(2);
  });
});

describe('what the reading of a source holds', () => {
  const misses = admission();
  const downloadBytes = memoryPool();
  const held = () => [misses.inside, misses.waiting, downloadBytes.inside, downloadBytes.spent];
  afterEach(() => expect(held()).to.deep.equal([0, 0, 0, 0]));

  it('is given back where it fails, which all who wait are told', async () => {
    const h = keeping({ misses, downloadBytes });
    h.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    const errors = await Promise.all(VARIANTS.map((each) => rejection(ask(h, each))));
    expect(errors.map((error) => (error as SourceNotFoundError).code)).to.deep.equal(
      Array(6).fill('source-not-found'),
    );
    expect(h.fetcher.fetched).to.have.length(1);
  });

  it('is given back where its image cannot be decoded, or made smaller', async () => {
    const cannot = () => Promise.reject(new Error('cannot'));
    for (const failing of [{ decode: cannot }, { resize: cannot }]) {
      const h = keeping({ misses, downloadBytes });
      Object.assign(h.resizer, failing);
      for (const each of VARIANTS)
        expect(await rejection(ask(h, each))).to.have.property('message', 'cannot');
      expect(held()).to.deep.equal([0, 0, 0, 0]);
    }
  });

  it('is given back once the last of those who share a file is done with it', async () => {
    const h = keeping({ misses, downloadBytes, keptSourcesBytes: 0 });
    const { answer } = h.resizer;
    const heldWhileResizing: unknown[] = [];
    h.resizer.answer = async (text, spec) => {
      await new Promise((resolve) => setTimeout(resolve, spec.width! / 16));
      heldWhileResizing.push(held());
      return answer(text, spec);
    };
    await askForAll(h);
    expect(heldWhileResizing).to.deep.equal(Array(6).fill([1, 0, 1, imageOf('source').length]));
  });

  for (const keptSourcesBytes of [MIB, 0]) {
    it(`serves the others when the one that began leaves, with ${keptSourcesBytes} bytes to keep it in`, async () => {
      const h = keeping({ misses, downloadBytes, keptSourcesBytes });
      const arrived = Promise.withResolvers<undefined>();
      h.fetcher.answer = async () => {
        await arrived.promise;
        return sourceAnswer('source');
      };
      const client = new AbortController();
      const leaving = rejection(h.service.thumbnail(VARIANTS[0]!, {}, caller(client.signal)));
      await waitUntil(() => h.fetcher.fetched.length === 1);
      const staying = ask(h, VARIANTS[2]!);
      await turns();
      client.abort(new Error('left'));
      expect(await leaving).to.have.property('message', 'left');
      arrived.resolve(undefined);
      expect((await staying).cacheStatus).to.equal('miss');
      await turns();
      expect(h.fetcher.fetched).to.have.length(1);
    });
  }

  it('stays until the decoder has ended, though all have left', async () => {
    const h = keeping({ misses, downloadBytes });
    const ended = Promise.withResolvers<undefined>();
    const decode = h.resizer.decode.bind(h.resizer);
    let file: ImageFile | undefined;
    h.resizer.decode = async (image, spec) => {
      file = image;
      await ended.promise;
      return decode(image, spec);
    };
    const client = new AbortController();
    const leaving = VARIANTS.map((each) => rejection(h.service.thumbnail(each, {}, caller(client.signal))));
    await waitUntil(() => file !== undefined);
    client.abort(new Error('left'));
    await Promise.all(leaving);
    await turns();
    expect(held()).to.deep.equal([1, 0, 1, imageOf('source').length]);
    expect(textOf(file!.bytes)).to.equal('source');
    ended.resolve(undefined);
    await turns();
    expect(file!.bytes.length, 'detached').to.equal(0);
  });

  it('is given back when all leave, wherever the reading stands', async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      const h = keeping({ misses, downloadBytes, keptSourcesBytes: turn % 2 === 0 ? MIB : 0 });
      const client = new AbortController();
      const leaving = VARIANTS.map((each) => h.service.thumbnail(each, {}, caller(client.signal)));
      for (let step = 0; step < turn; step += 1) await Promise.resolve();
      client.abort(new Error('left'));
      await Promise.allSettled(leaving);
      await turns();
      expect(held(), `after ${turn}`).to.deep.equal([0, 0, 0, 0]);
    }
  });
});

function answerWith(bytes: Uint8Array): SourceAnswer {
  const headers = { 'content-length': `${bytes.length}` };
  return { ...sourceAnswer('', { headers }), body: ReadableStream.from([bytes]) };
}

/** Of 1000 × 700 pixels, and long enough that reading a part of it is worth while. */
async function progressiveJpeg(): Promise<Uint8Array> {
  const image = await plain(1000, 700, QUARTERS.red).jpeg({ progressive: true }).toBuffer();
  return Buffer.concat([image, Buffer.alloc(100 * 1024)]);
}

/** The files that thumbnails are made of from now on. */
function recordFiles({ resizer }: Harness): readonly ImageFile[] {
  const files: ImageFile[] = [];
  const resize = resizer.resize.bind(resizer);
  resizer.resize = (image, spec) => {
    if (!isIntermediate(image)) files.push(image);
    return resize(image, spec);
  };
  return files;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
