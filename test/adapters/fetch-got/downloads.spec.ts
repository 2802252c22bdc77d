import { Readable } from 'node:stream';
import { expect } from 'chai';
import nock from 'nock';
import {
  SourceForbiddenError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceTooLargeError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import type { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import { type DownloadSetup, downloadWith } from '../../support/download.ts';
import { gotFetcher } from '../../support/got-fetcher.ts';
import { ANY_NAME } from '../../support/names.ts';
import { useNock } from '../../support/nock.ts';
import { rejection } from '../../support/rejection.ts';

const HOST = 'http://images.test';
const SECURE_HOST = 'https://images.test';
const MAX_BYTES = 1000;

interface Setup extends DownloadSetup {
  readonly maxRedirects?: number;
  readonly allowedHosts?: readonly string[];
}

/** On hosts that nock stubs, https and public names among them, which no test can have on a real socket. */
describe('what the service makes of the answers of GotImageFetcher', () => {
  useNock();
  const fetchers: GotImageFetcher[] = [];

  afterEach(async () => {
    for (const fetcher of fetchers.splice(0)) await fetcher.close();
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending, 'requests that were never made').to.deep.equal([]);
  });

  function fetchFrom(url: string, { maxRedirects = 3, allowedHosts, ...setup }: Setup = {}) {
    const fetcher = gotFetcher({
      maxRedirects,
      policy: {
        allowedPorts: [80, 443].map((port) => ({ from: port, to: port })),
        allowedHosts,
        isOwnAddress: () => false,
      },
      userAgent: 'thumbnailer/test',
      allowedPrivateNetworks: [],
      names: ANY_NAME,
    });
    fetchers.push(fetcher);
    return downloadWith(fetcher, url, { maxBytes: MAX_BYTES, ...setup });
  }

  describe('the bytes', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

    it('resolves with them exactly as they were sent', async () => {
      nock(HOST).get('/a.jpg').query({ v: '1' }).reply(200, bytes, { 'content-type': 'text/html' });
      const image = await fetchFrom(`${HOST}/a.jpg?v=1`);
      expect(Buffer.from(image.bytes ?? [])).to.deep.equal(bytes);
    });

    it('joins a body that comes in pieces and without a length', async () => {
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from([bytes.subarray(0, 1), bytes.subarray(1, 9), bytes.subarray(9)]));
      const image = await fetchFrom(`${HOST}/a`);
      expect(Buffer.from(image.bytes ?? [])).to.deep.equal(bytes);
    });

    it('asks for nothing compressed', async () => {
      nock(HOST, { reqheaders: { 'accept-encoding': 'identity' } })
        .get('/a')
        .reply(200, bytes, { 'content-encoding': 'gzip' });
      const image = await fetchFrom(`${HOST}/a`);
      expect(Buffer.from(image.bytes ?? [])).to.deep.equal(bytes);
    });

    it('takes an empty body', async () => {
      nock(HOST).get('/a').reply(200, '');
      const image = await fetchFrom(`${HOST}/a`);
      expect(image.bytes).to.have.length(0);
    });
  });

  describe('the limit on bytes', () => {
    it('lets a file of just that size pass', async () => {
      nock(HOST).get('/a').reply(200, Buffer.alloc(MAX_BYTES));
      const image = await fetchFrom(`${HOST}/a`);
      expect(image.bytes).to.have.length(MAX_BYTES);
    });

    it('throws SourceTooLargeError for one byte more', async () => {
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from([Buffer.alloc(MAX_BYTES), Buffer.alloc(1)]));
      expect(await rejection(fetchFrom(`${HOST}/a`))).to.be.instanceOf(SourceTooLargeError);
    });

    it('throws it for an announced length before it reserves or reads', async () => {
      let reserved = 0;
      const reserve = () => Promise.resolve(void (reserved += 1));
      nock(HOST)
        .get('/a')
        .reply(200, 'short', { 'content-length': `${MAX_BYTES + 1}` });
      expect(await rejection(fetchFrom(`${HOST}/a`, { reserve }))).to.be.instanceOf(SourceTooLargeError);
      expect(reserved).to.equal(0);
    });
  });

  describe('statuses', () => {
    for (const status of [404, 410]) {
      it(`throws SourceNotFoundError for ${status}`, async () => {
        nock(HOST).get('/a').reply(status, 'gone');
        expect(await rejection(fetchFrom(`${HOST}/a`))).to.be.instanceOf(SourceNotFoundError);
      });
    }

    for (const status of [204, 205, 226, 300, 304, 400, 401, 403, 418, 429, 500, 503]) {
      it(`throws SourceRefusedError with the status for ${status}`, async () => {
        nock(HOST).get('/a').reply(status);
        const error = await rejection(fetchFrom(`${HOST}/a`));
        expect(error).to.be.instanceOf(SourceRefusedError).and.to.have.property('sourceStatus', status);
        expect(error).to.have.property('message').that.includes(`${status}`);
      });
    }

    it('never tries twice', async () => {
      const requests = nock(HOST).get('/a').times(2).reply(503, '', { 'retry-after': '0' });
      await rejection(fetchFrom(`${HOST}/a`));
      expect(requests.isDone()).to.equal(false);
      nock.cleanAll();
    });

    it('throws SourceUnreachableError when the connection fails', async () => {
      nock(HOST)
        .get('/a')
        .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
      expect(await rejection(fetchFrom(`${HOST}/a`))).to.be.instanceOf(SourceUnreachableError);
    });
  });

  describe('redirects', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`follows ${status}`, async () => {
        nock(HOST)
          .get('/a')
          .reply(status, 'moved', { location: `${SECURE_HOST}/b` });
        nock(SECURE_HOST).get('/b').reply(200, 'image');
        const { bytes } = await fetchFrom(`${HOST}/a`);
        expect(Buffer.from(bytes ?? []).toString()).to.equal('image');
      });
    }

    for (const [location, path] of [
      ['c?d=1#e', '/a/c?d=1'],
      ['../c', '/c'],
      ['?q', '/a/b?q'],
      ['//images.test/c', '/c'],
      ['/\xc3\xbc', '/%C3%BC'],
      ['/\xfc', '/%FC'],
    ] as const) {
      it(`resolves ${location} against the address that redirects`, async () => {
        nock(HOST).get('/a/b').reply(302, '', { location });
        nock(HOST).get(path).reply(200, 'image');
        const { bytes } = await fetchFrom(`${HOST}/a/b`);
        expect(Buffer.from(bytes ?? []).toString()).to.equal('image');
      });
    }

    it('follows as many as are allowed, and throws SourceRefusedError at the next', async () => {
      for (const hop of [0, 1, 2])
        nock(HOST)
          .get(`/${hop}`)
          .twice()
          .reply(302, '', { location: `/${hop + 1}` });
      nock(HOST).get('/3').reply(200, 'image');
      await fetchFrom(`${HOST}/0`);
      nock(HOST).get('/3').reply(302, '', { location: '/4' });
      expect(await rejection(fetchFrom(`${HOST}/0`))).to.be.instanceOf(SourceRefusedError);
    });

    it('follows none where none is allowed', async () => {
      nock(HOST).get('/a').reply(302, '', { location: '/b' });
      const error = await rejection(fetchFrom(`${HOST}/a`, { maxRedirects: 0 }));
      expect(error).to.be.instanceOf(SourceRefusedError);
    });

    for (const [what, location] of [
      ['no Location', undefined],
      ['an empty Location', ''],
      ['a Location that is no address', 'http://['],
      ['another scheme', 'ftp://images.test/a'],
      ['a file', 'file:///etc/passwd'],
      ['a script', 'javascript:alert(1)'],
      ['data', 'data:image/png;base64,AAAA'],
      ['a socket', 'unix:/run/docker.sock:/info'],
      ['a user name', 'http://user:secret@images.test/b'],
      ['a port that is not allowed', 'http://images.test:22/'],
      ['an endless address', `/${'a'.repeat(8192)}`],
    ] as const) {
      it(`throws SourceRefusedError for a redirect with ${what}`, async () => {
        nock(HOST)
          .get('/a')
          .reply(302, '', location === undefined ? {} : { location });
        const error = await rejection(fetchFrom(`${HOST}/a`));
        expect(error).to.be.instanceOf(SourceRefusedError).and.to.have.property('sourceStatus', 302);
      });
    }

    it('throws SourceRefusedError for a redirect from https to http', async () => {
      nock(SECURE_HOST)
        .get('/a')
        .reply(302, '', { location: `${HOST}/b` });
      expect(await rejection(fetchFrom(`${SECURE_HOST}/a`))).to.be.instanceOf(SourceRefusedError);
    });

    it('throws SourceForbiddenError for a redirect to a host that is not allowed', async () => {
      nock(HOST).get('/a').reply(302, '', { location: 'http://other.test/b' });
      const error = await rejection(fetchFrom(`${HOST}/a`, { allowedHosts: ['images.test'] }));
      expect(error).to.be.instanceOf(SourceForbiddenError);
    });
  });

  describe('addresses that are not public', () => {
    for (const address of ['10.0.0.1', '169.254.169.254', '[::1]', '[::ffff:10.0.0.1]']) {
      it(`throws SourceForbiddenError for ${address}, asked for or redirected to`, async () => {
        const first = await rejection(fetchFrom(`http://${address}/`));
        nock(HOST)
          .get('/a')
          .reply(302, '', { location: `https://${address}/` });
        const second = await rejection(fetchFrom(`${HOST}/a`));
        expect(first).to.be.instanceOf(SourceForbiddenError);
        expect(second).to.be.instanceOf(SourceForbiddenError);
        expect((second as Error).message).to.equal((first as Error).message);
        expect((first as Error).message)
          .not.to.include('10.0.0.1')
          .and.not.to.include('169.254');
      });
    }
  });

  describe('reserve', () => {
    it('is asked once, with the announced length, and the body waits for it whole', async () => {
      const asked: number[] = [];
      const allowed = Promise.withResolvers<undefined>();
      const isAsked = Promise.withResolvers<undefined>();
      const reserve = async (maxBytes: number) => {
        asked.push(maxBytes);
        isAsked.resolve(undefined);
        await allowed.promise;
      };
      nock(HOST).get('/a').reply(200, 'image', { 'content-length': '5' });
      let settled = false;
      const image = fetchFrom(`${HOST}/a`, { reserve }).finally(() => (settled = true));
      await isAsked.promise;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(settled).to.equal(false);
      allowed.resolve(undefined);
      expect(Buffer.from((await image).bytes ?? []).toString()).to.equal('image');
      expect(asked).to.deep.equal([5]);
    });

    it('is asked with the limit where no length is announced', async () => {
      const asked: number[] = [];
      const reserve = (maxBytes: number) => Promise.resolve(void asked.push(maxBytes));
      nock(HOST).get('/a').reply(302, '', { location: '/b' });
      nock(HOST)
        .get('/b')
        .reply(200, () => Readable.from([Buffer.from('image')]));
      await fetchFrom(`${HOST}/a`, { reserve });
      expect(asked).to.deep.equal([MAX_BYTES]);
    });

    it('has the fetch reject with the same error as itself', async () => {
      const full = new Error('full');
      nock(HOST).get('/a').reply(200, 'image');
      expect(await rejection(fetchFrom(`${HOST}/a`, { reserve: () => Promise.reject(full) }))).to.equal(full);
    });
  });

  describe('an abort', () => {
    it('rejects with the reason when it came before', async () => {
      const reason = new Error('left');
      expect(await rejection(fetchFrom(`${HOST}/a`, { signal: AbortSignal.abort(reason) }))).to.equal(reason);
    });

    it('rejects with the reason while the body is waiting', async () => {
      const client = new AbortController();
      const reason = new Error('left');
      const reserve = () => {
        client.abort(reason);
        return new Promise<void>(() => undefined);
      };
      nock(HOST).get('/a').reply(200, 'image');
      expect(await rejection(fetchFrom(`${HOST}/a`, { signal: client.signal, reserve }))).to.equal(reason);
    });
  });

  describe('what the source says of itself', () => {
    const factsOf = async (headers: Record<string, string>) => {
      nock(HOST).get('/a').reply(200, 'image', headers);
      return fetchFrom(`${HOST}/a`);
    };
    const inAMinute = () => new Date(Date.now() + 60_000).toUTCString();

    for (const [headers, storable, ttlMs] of [
      [{}, true, undefined],
      [{ 'last-modified': 'Wed, 11 Nov 2020 17:42:40 GMT' }, true, undefined],
      [{ 'cache-control': 'public' }, true, undefined],
      [{ 'cache-control': 'max-age=60' }, true, 60_000],
      [{ 'cache-control': 'max-age=100, s-maxage=60', age: '20' }, true, 40_000],
      [{ 'cache-control': 'no-cache' }, true, 0],
      [{ expires: '0' }, true, 0],
      [{ 'cache-control': 'no-store' }, false, 0],
      [{ 'cache-control': 'private, max-age=60' }, false, 0],
    ] as [Record<string, string>, boolean, number | undefined][]) {
      it(`reads ${JSON.stringify(headers)}`, async () => {
        const { freshness } = await factsOf(headers);
        expect(freshness.storable).to.equal(storable);
        // Time goes by between the answer and the look at it.
        if (storable && ttlMs !== undefined)
          expect(freshness.ttlMs).to.be.within(Math.max(0, ttlMs - 2000), ttlMs);
        else if (storable) expect(freshness.ttlMs).to.equal(undefined);
      });
    }

    it('reads a date', async () => {
      const { freshness } = await factsOf({ expires: inAMinute(), date: new Date().toUTCString() });
      expect(freshness.ttlMs).to.be.within(58_000, 61_000);
    });

    it('hands validators out, and with them learns that nothing has changed', async () => {
      const { validators } = await factsOf({
        etag: '"v1"',
        'last-modified': 'Wed, 11 Nov 2020 17:42:40 GMT',
      });
      nock(HOST, {
        reqheaders: { 'if-none-match': '"v1"', 'if-modified-since': 'Wed, 11 Nov 2020 17:42:40 GMT' },
      })
        .get('/a')
        .reply(304, '', { 'cache-control': 'max-age=5' });
      const unchanged = await fetchFrom(`${HOST}/a`, { validators });
      // What the answer says of its freshness takes the place of what was said before.
      expect(unchanged).to.deep.include({
        bytes: undefined,
        validators: { ...validators, cacheControl: 'max-age=5' },
      });
      expect(unchanged.freshness.ttlMs).to.be.within(3000, 5000);
    });

    it('asks no address by the validators of another', async () => {
      const { validators } = await factsOf({ etag: '"v1"' });
      nock(HOST, { badheaders: ['if-none-match'] })
        .get('/b')
        .reply(200, 'other');
      const { bytes } = await fetchFrom(`${HOST}/b`, { validators });
      expect(Buffer.from(bytes ?? []).toString()).to.equal('other');
    });

    it('takes a 304 that nobody asked for as a refusal', async () => {
      nock(HOST).get('/a').reply(304);
      expect(await rejection(fetchFrom(`${HOST}/a`))).to.be.instanceOf(SourceRefusedError);
    });

    it('hands on for how long a source wants to be left alone', async () => {
      nock(HOST).get('/a').reply(429, '', { 'retry-after': '120' });
      expect(await rejection(fetchFrom(`${HOST}/a`))).to.include({
        sourceStatus: 429,
        retryAfterMs: 120_000,
      });
    });
  });
});
