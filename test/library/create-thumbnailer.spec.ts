import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import sharp from 'sharp';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { MemoryThumbnailCache } from '../../src/adapters/cache-memory/index.ts';
import type { InfoField } from '../../src/domain/request/info-spec.ts';
import {
  ConfigError,
  ThumbnailerError,
  type ThumbnailParameters,
  createThumbnailer,
} from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';

const LOOPBACK = { ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8', ALLOWED_SOURCE_PORTS: '1-65535' };

describe('createThumbnailer', () => {
  let origin: Origin;
  let photo: Uint8Array;

  before(async () => {
    origin = await startOrigin();
    photo = await photograph({ width: 600, height: 400 }).jpeg().toBuffer();
    origin.serve('/photo.jpg', { body: photo, headers: { 'Cache-Control': 'max-age=3600' } });
  });
  after(() => origin[Symbol.asyncDispose]());

  it('makes the thumbnail of bytes, in any size and without a signature', async () => {
    await using thumbnailer = await createThumbnailer();
    const made = await thumbnailer.thumbnail(photo, { width: 123, height: 77, fit: 'cover', format: 'webp' });
    expect(made).to.include({ format: 'webp', width: 123, height: 77, cacheStatus: 'miss' });
    expect(made.original).to.deep.equal({ format: 'jpeg', width: 600, height: 400, bytes: photo.length });
    const { width, height, format } = await sharp(made.bytes).metadata();
    expect({ width, height, format }).to.deep.equal({ width: 123, height: 77, format: 'webp' });
    const again = await thumbnailer.thumbnail(photo, {
      width: 123,
      height: 77,
      fit: 'cover',
      format: 'webp',
    });
    expect(again).to.include({ cacheStatus: 'hit', etag: made.etag });
  });

  it('makes the same bytes as the service', async () => {
    await using thumbnailer = await createThumbnailer({ settings: LOOPBACK });
    await using service = await RunningService.start();
    const url = origin.url('/photo.jpg');
    const made = await thumbnailer.thumbnail(url, { size: 128 });
    const query = new URLSearchParams({ url, size: '128' }).toString();
    const answer = await fetch(`${service.url}/thumbnail?${query}`, {
      headers: { Accept: 'image/avif,image/webp' },
    });
    expect(answer.headers.get('etag')).to.equal(`"${made.etag}"`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(made.bytes)).to.equal(true);
  });

  it('caches what it fetches until it is purged, or a refresh is asked for', async () => {
    await using thumbnailer = await createThumbnailer({ settings: { ...LOOPBACK, CACHE_TTL_MIN: '0s' } });
    const url = new URL(origin.url('/photo.jpg'));
    const statusOf = async (options = {}) =>
      (await thumbnailer.thumbnail(url, { size: 64, format: 'png' }, options)).cacheStatus;
    expect(await statusOf()).to.equal('miss');
    expect(await statusOf()).to.equal('hit');
    expect(await statusOf({ refresh: true })).to.equal('miss');
    expect(await statusOf()).to.equal('hit');
    await thumbnailer.purge(url);
    expect(await statusOf()).to.equal('miss');
  });

  it('follows redirects to addresses as long as the settings allow', async () => {
    origin.serve('/long', { redirect: `/photo.jpg?${'a'.repeat(10_000)}` });
    await using thumbnailer = await createThumbnailer({ settings: { ...LOOPBACK, MAX_URL_LENGTH: '16384' } });
    const { original } = await thumbnailer.thumbnail(origin.url('/long'), { size: 64 });
    expect(original).to.include({ width: 600, height: 400 });
  });

  it('works with the ports that it is given, and closes them', async () => {
    const closed: string[] = [];
    const cache = new MemoryThumbnailCache({ maxBytes: 1024 ** 2 });
    const close = cache.close.bind(cache);
    cache.close = () => {
      closed.push('cache');
      return close();
    };
    const fetcher = {
      fetch: () => Promise.reject(new Error('no fetcher of the test')),
      close: () => {
        closed.push('fetcher');
        return Promise.resolve();
      },
    };
    {
      await using thumbnailer = await createThumbnailer({ ports: { cache, fetcher } });
      await thumbnailer.thumbnail(photo, { size: 32, format: 'png' });
      const error = await rejection(thumbnailer.thumbnail('https://images.example/a.jpg', { size: 32 }));
      expect(error).to.have.property('message', 'no fetcher of the test');
    }
    expect(closed).to.have.members(['cache', 'fetcher']);
  });

  it('refuses what the service refuses, with the same codes', async () => {
    await using thumbnailer = await createThumbnailer();
    const codeOf = async (...request: Parameters<typeof thumbnailer.thumbnail>) => {
      const error = await rejection(thumbnailer.thumbnail(...request));
      expect(error).to.be.instanceOf(ThumbnailerError);
      return (error as ThumbnailerError).code;
    };
    expect(await codeOf('http://127.0.0.1/a.jpg', { size: 64 })).to.equal('source-forbidden');
    expect(await codeOf('not a url', { size: 64 })).to.equal('invalid-request');
    expect(await codeOf(photo, { size: 64, fit: 'tight' })).to.equal('invalid-request');
    expect(await codeOf(photo, {})).to.equal('invalid-request');
    expect(await codeOf(photo, undefined as unknown as ThumbnailParameters)).to.equal('invalid-request');
    const misspelt = { size: 64, formats: 'png' } as ThumbnailParameters;
    expect(await codeOf(photo, misspelt)).to.equal('invalid-request');
    for (const fields of [['widht'], ['width', 'size'], [], 'widht']) {
      const told = rejection(thumbnailer.info(photo, { fields: fields as unknown as InfoField[] }));
      expect(await told).to.include({ code: 'invalid-request', field: 'fields' });
    }
    expect(await codeOf(photo, { size: 4096 })).to.equal('invalid-request');
    expect(await codeOf(Buffer.from('no image'), { size: 64 })).to.equal('unsupported-image');
    expect(await codeOf(photo.subarray(0, 100), { size: 64 })).to.equal('corrupt-image');
  });

  it('takes what was made in another realm, as test runners have them', async () => {
    await using thumbnailer = await createThumbnailer({ settings: LOOPBACK });
    const bytes = runInNewContext('Uint8Array.from(bytes)', { bytes: [...photo] }) as Uint8Array;
    const href = origin.url('/photo.jpg');
    const url = { href, toString: () => href, [Symbol.toStringTag]: 'URL' } as unknown as URL;
    for (const source of [bytes, url]) {
      expect(source).not.to.be.instanceOf(source === url ? URL : Uint8Array);
      expect(await thumbnailer.thumbnail(source, { size: 64 })).to.include({ width: 64, height: 43 });
    }
  });

  it('says of a source that is neither a URL nor bytes what it has to be', async () => {
    await using thumbnailer = await createThumbnailer();
    for (const source of [photo.buffer, new Blob([photo]), undefined]) {
      const given = source as unknown as Uint8Array;
      for (const asked of [thumbnailer.thumbnail(given, { size: 32 }), thumbnailer.info(given)])
        expect(await rejection(asked))
          .to.be.instanceOf(TypeError)
          .and.have.property('message')
          .that.includes('as a Uint8Array');
    }
  });

  it('takes no more bytes than a source may have, brought or fetched', async () => {
    await using thumbnailer = await createThumbnailer({ settings: { ...LOOPBACK, MAX_SOURCE_SIZE: '1KiB' } });
    const url = origin.url('/photo.jpg');
    for (const source of [photo, url]) {
      const made = rejection(thumbnailer.thumbnail(source, { size: 64 }));
      expect(await made).to.have.property('code', 'source-too-large');
    }
    expect(await rejection(thumbnailer.info(photo))).to.have.property('code', 'source-too-large');
    const text = rejection(thumbnailer.info(Buffer.from('no image. '.repeat(1000))));
    expect(await text).to.have.property('code', 'unsupported-image');
    const { bytes } = await thumbnailer.thumbnail(await sharp(photo).resize(8).png().toBuffer(), { size: 8 });
    expect(bytes).not.to.have.length(0);
  });

  it('says that it has been disposed of', async () => {
    const thumbnailer = await createThumbnailer();
    await thumbnailer[Symbol.asyncDispose]();
    const url = 'https://images.example/a.jpg';
    for (const call of [
      () => thumbnailer.thumbnail(photo, { size: 64 }),
      () => thumbnailer.info(photo),
      () => thumbnailer.purge(url),
    ]) {
      expect(await rejection(call()))
        .to.have.property('message')
        .that.includes('has been disposed of');
    }
    await thumbnailer[Symbol.asyncDispose]();
  });

  it('leaves nothing in the process that made it, however many there were', async () => {
    await using _first = await createThumbnailer();
    const before = process.listenerCount('exit');
    for (let made = 0; made < 3; made += 1) {
      await using _thumbnailer = await createThumbnailer();
    }
    expect(process.listenerCount('exit')).to.equal(before);
  });

  it('ends with its signal', async () => {
    await using thumbnailer = await createThumbnailer({ settings: LOOPBACK });
    origin.serve('/slow.jpg', { body: photo, stall: 'head' });
    const controller = new AbortController();
    const made = rejection(
      thumbnailer.thumbnail(origin.url('/slow.jpg'), { size: 64 }, { signal: controller.signal }),
    );
    controller.abort(new Error('enough'));
    expect(await made).to.have.property('message', 'enough');
  });

  it('names settings that cannot be used, and does not read the environment', async () => {
    const error = await rejection(createThumbnailer({ settings: { MAX_SOURCE_SIZE: '5' } }));
    expect(error).to.be.instanceOf(ConfigError).with.property('message').that.includes('MAX_SOURCE_SIZE');
    process.env['MAX_SOURCE_SIZE'] = '5';
    try {
      await using thumbnailer = await createThumbnailer();
      expect(thumbnailer).to.have.property('thumbnail');
    } finally {
      delete process.env['MAX_SOURCE_SIZE'];
    }
  });
});
