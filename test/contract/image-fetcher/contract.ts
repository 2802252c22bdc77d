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
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { PrefixJudge, Verdict } from '../../../src/domain/image/source-prefix.ts';
import type { FetchOptions, ImageFetcher } from '../../../src/ports/image-fetcher.ts';
import { useNock } from '../../support/nock.ts';
import { rejection } from '../../support/rejection.ts';

/** What the suite needs to set; an adapter's spec translates it into the adapter's own options. */
export interface FetcherSetup {
  readonly maxBytes: number;
  readonly maxRedirects: number;
  /** Undefined lets any host pass. */
  readonly allowedHosts: readonly string[] | undefined;
}

const HOST = 'http://images.test';
const SECURE_HOST = 'https://images.test';
const MAX_BYTES = 1000;

/**
 * The promises of the ImageFetcher port, on hosts that nock stubs. What lies under the stubs is each adapter's own to
 * test, on real sockets: the deadline, broken connections, and the addresses that names resolve to.
 */
export function itIsAnImageFetcher(create: (setup: FetcherSetup) => ImageFetcher): void {
  useNock();

  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    expect(pending, 'requests that were never made').to.deep.equal([]);
  });

  function fetchFrom(
    url: string,
    {
      signal = new AbortController().signal,
      reserve,
      validators,
      judge,
      ...setup
    }: Partial<FetchOptions & FetcherSetup> = {},
  ) {
    const fetcher = create({ maxBytes: MAX_BYTES, maxRedirects: 3, allowedHosts: undefined, ...setup });
    return fetcher.fetch(parseSourceUrl(url), {
      signal,
      ...(reserve !== undefined && { reserve }),
      ...(validators !== undefined && { validators }),
      ...(judge !== undefined && { judge }),
    });
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

    it('does not decompress them', async () => {
      nock(HOST, { reqheaders: { 'accept-encoding': 'identity' } })
        .get('/a')
        .reply(200, bytes, { 'content-encoding': 'gzip' });
      const image = await fetchFrom(`${HOST}/a`);
      expect(Buffer.from(image.bytes ?? [])).to.deep.equal(bytes);
    });

    it('takes an empty body and a 203', async () => {
      nock(HOST).get('/a').reply(203, '');
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

    for (const status of [204, 206, 300, 304, 400, 401, 403, 418, 429, 500, 503]) {
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
      ['/ü', '/%C3%BC'],
    ] as const) {
      it(`resolves ${location} against the address that redirects`, async () => {
        const header = Buffer.from(location).toString('latin1');
        nock(HOST).get('/a/b').reply(302, '', { location: header });
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
      ['an endless address', `/${'a'.repeat(2048)}`],
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

  describe('a judge', () => {
    /** Has enough once so many bytes have come: the first three of them, and an end. */
    class FakeJudge implements PrefixJudge {
      readonly asked: (readonly [received: number, announcedBytes: number | undefined])[] = [];
      readonly #enoughBytes: number;
      readonly #end: string;

      constructor(enoughBytes: number, end = '!') {
        this.#enoughBytes = enoughBytes;
        this.#end = end;
      }

      judge(received: Uint8Array, announcedBytes: number | undefined): Verdict {
        this.asked.push([received.length, announcedBytes]);
        if (received.length < this.#enoughBytes) return { kind: 'more' };
        const edits = [{ at: 3, bytes: Buffer.from(this.#end) }];
        return { kind: 'enough', length: 3 + this.#end.length, edits };
      }
    }

    /** Sends these pieces, and then nothing more; it does not end. */
    async function* stalling(...pieces: string[]): AsyncGenerator<Buffer> {
      for (const piece of pieces) yield Buffer.from(piece);
      await new Promise(() => undefined);
    }

    it('ends the download once it has enough, with the short file', async () => {
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from(stalling('im', 'age', 'rest')), { 'content-length': '900' });
      const judge = new FakeJudge(4);
      const { bytes, ...facts } = await fetchFrom(`${HOST}/a`, { judge });
      expect(Buffer.from(bytes ?? []).toString()).to.equal('ima!');
      expect(facts).to.include({ isPrefix: true, wholeBytes: 900 });
      expect(facts)
        .to.have.property('receivedBytes')
        .that.is.within(4, 'image'.length + 'rest'.length);
      expect(judge.asked.every(([, announcedBytes]) => announcedBytes === 900)).to.equal(true);
    });

    it('does not know how long a file is that did not say so', async () => {
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from(stalling('image')));
      const judge = new FakeJudge(1);
      const image = await fetchFrom(`${HOST}/a`, { judge });
      expect(image).to.include({ isPrefix: true, wholeBytes: undefined });
      expect(judge.asked).to.deep.equal([[5, undefined]]);
    });

    it('reads to the end what it says nothing of', async () => {
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from([Buffer.from('im'), Buffer.from('age')]));
      const image = await fetchFrom(`${HOST}/a`, { judge: new FakeJudge(6) });
      expect(Buffer.from(image.bytes ?? []).toString()).to.equal('image');
      expect(image).to.include({ isPrefix: false, wholeBytes: 5, receivedBytes: 5 });
    });

    it('is not asked again once it needs all', async () => {
      async function* pausing(): AsyncGenerator<Buffer> {
        yield Buffer.from('im');
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield Buffer.from('age');
      }
      nock(HOST)
        .get('/a')
        .reply(200, () => Readable.from(pausing()));
      let asked = 0;
      const judge: PrefixJudge = {
        judge: () => {
          asked += 1;
          return { kind: 'whole' };
        },
      };
      const image = await fetchFrom(`${HOST}/a`, { judge });
      expect(Buffer.from(image.bytes ?? []).toString()).to.equal('image');
      expect(asked).to.equal(1);
    });

    it('is overruled where the short file would be longer than the whole one', async () => {
      nock(HOST).get('/a').reply(200, 'image', { 'content-length': '5' });
      const image = await fetchFrom(`${HOST}/a`, { judge: new FakeJudge(3, '!!!') });
      expect(Buffer.from(image.bytes ?? []).toString()).to.equal('image');
      expect(image).to.include({ isPrefix: false, wholeBytes: 5 });
    });

    it('changes nothing about the limit on bytes', async () => {
      nock(HOST)
        .get('/announced')
        .reply(200, 'image', { 'content-length': `${MAX_BYTES + 1}` })
        .get('/sent')
        .reply(200, () => Readable.from([Buffer.alloc(MAX_BYTES), Buffer.alloc(1)]));
      const judge = new FakeJudge(MAX_BYTES + 1);
      for (const path of ['/announced', '/sent']) {
        const error = await rejection(fetchFrom(`${HOST}${path}`, { judge }));
        expect(error, path).to.be.instanceOf(SourceTooLargeError);
      }
      expect(judge.asked.every(([received]) => received <= MAX_BYTES)).to.equal(true);
    });

    it('is asked after the reservation, which is for all', async () => {
      const asked: number[] = [];
      const judge = new FakeJudge(3);
      const reserve = (maxBytes: number) => {
        expect(judge.asked).to.have.length(0);
        return Promise.resolve(void asked.push(maxBytes));
      };
      nock(HOST).get('/a').reply(200, 'image', { 'content-length': '5' });
      expect(await fetchFrom(`${HOST}/a`, { judge, reserve })).to.include({ isPrefix: true });
      expect(asked).to.deep.equal([5]);
    });

    it('is not asked about a file that has not changed, nor about an error', async () => {
      const judge = new FakeJudge(0);
      nock(HOST).get('/a').reply(304);
      const validators = { href: `${HOST}/a`, etag: '"v1"' };
      expect(await fetchFrom(`${HOST}/a`, { judge, validators })).to.include({ bytes: undefined });
      nock(HOST).get('/a').reply(500, 'image');
      expect(await rejection(fetchFrom(`${HOST}/a`, { judge }))).to.be.instanceOf(SourceRefusedError);
      expect(judge.asked).to.have.length(0);
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
      expect(unchanged).to.deep.include({ bytes: undefined, validators });
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
}
