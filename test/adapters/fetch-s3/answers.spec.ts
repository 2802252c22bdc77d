import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import nock from 'nock';
import { S3ImageFetcher } from '../../../src/adapters/fetch-s3/index.ts';
import {
  SourceAccessError,
  SourceRefusedError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { ImageFetcher } from '../../../src/ports/image-fetcher.ts';
import { useNock } from '../../support/nock.ts';
import { type ObjectStore, refuse, startObjectStore } from '../../support/object-store.ts';
import { rejection } from '../../support/rejection.ts';
import { useEnvironment } from '../secrets-ssm/use-environment.ts';

const fetchWith = (fetcher: ImageFetcher, address: string, signal = new AbortController().signal) =>
  fetcher.fetch(parseSourceUrl(address), { signal });

describe('S3ImageFetcher', () => {
  useEnvironment({
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: undefined,
  });

  describe('at a store of its own', () => {
    let store: ObjectStore;
    let fetcher: S3ImageFetcher;
    before(async () => {
      store = await startObjectStore();
    });
    after(() => store[Symbol.asyncDispose]());
    beforeEach(() => {
      fetcher = new S3ImageFetcher({ region: 'auto', endpoint: store.url, forcePathStyle: true });
    });
    afterEach(async () => {
      store.intercept = undefined;
      store.requests.length = 0;
      await fetcher.close();
    });

    for (const [code, status, expected, sentence] of [
      ['AccessDenied', 403, SourceAccessError, "isn't in its store, or this service may not read it"],
      ['InvalidAccessKeyId', 403, SourceAccessError, "couldn't identify itself"],
      ['SignatureDoesNotMatch', 403, SourceAccessError, "couldn't identify itself"],
      ['ExpiredToken', 400, SourceAccessError, "couldn't identify itself"],
      ['RequestTimeTooSkewed', 403, SourceAccessError, "couldn't identify itself"],
      ['NoSuchBucket', 404, SourceAccessError, 'bucket does not exist'],
      ['InvalidObjectState', 403, SourceRefusedError, 'archived'],
      ['SlowDown', 503, SourceRefusedError, 'limiting requests'],
      ['InternalError', 500, SourceRefusedError, 'reported an error (500)'],
    ] as const) {
      it(`says of ${code} what it means, asks once, and keeps the store's words to the log`, async () => {
        store.intercept = (_request, response) => refuse(response, status, code);
        const error = await rejection(fetchWith(fetcher, 's3://images/a.jpg'));
        expect(error).to.be.instanceOf(expected);
        expect((error as Error).message)
          .to.include(sentence)
          .and.not.include('secret words');
        expect(((error as Error).cause as Error).name).to.equal(code);
        expect(store.requests).to.deep.equal(['GET a.jpg']);
      });
    }

    it('hands on when a store that is busy wants to be asked again', async () => {
      store.intercept = (_request, response) =>
        refuse(response.setHeader('Retry-After', '60'), 503, 'SlowDown');
      const error = await rejection(fetchWith(fetcher, 's3://images/a.jpg'));
      expect(error).to.include({ code: 'source-refused', retryAfterMs: 60_000 });
    });

    it('reads no more of an error that never ends than an error takes', async () => {
      let sentBytes = 0;
      const piece = Buffer.alloc(64 * 1024, 'a');
      store.intercept = (_request, response) => {
        const send = () => {
          while (response.write(piece)) sentBytes += piece.length;
        };
        response.writeHead(500).on('drain', send);
        send();
      };
      const error = await rejection(fetchWith(fetcher, 's3://images/a.jpg', AbortSignal.timeout(1000)));
      expect(error).to.be.instanceOf(SourceRefusedError);
      expect((error as Error).message).to.include('reported an error (500)');
      while (store.connections() > 0) await sleep(5);
      expect(sentBytes).to.be.below(10_000_000);
    });

    it('does not ask a store to list a bucket', async () => {
      for (const address of ['s3://images', 's3://images/']) {
        using answer = await fetchWith(fetcher, address);
        expect(answer.status, address).to.equal(404);
      }
      expect(store.requests).to.deep.equal([]);
    });

    it('hands on what the object says of its freshness and its encoding', async () => {
      store.intercept = (_request, response) => {
        response
          .writeHead(200, {
            'cache-control': 'max-age=60',
            'content-encoding': 'gzip',
            'content-type': 'image/svg+xml',
            expires: 'Wed, 11 Nov 2020 17:42:40 GMT',
            etag: '"v1"',
          })
          .end('image');
      };
      using answer = await fetchWith(fetcher, 's3://images/a.jpg');
      expect(answer.headers).to.include({
        'cache-control': 'max-age=60',
        'content-encoding': 'gzip',
        'content-type': 'image/svg+xml',
        expires: 'Wed, 11 Nov 2020 17:42:40 GMT',
        etag: '"v1"',
      });
    });

    for (const [written, read] of [
      ['2026-11-02T10:00:00Z', 'Mon, 02 Nov 2026 10:00:00 GMT'],
      ['Mon, 02 Nov 2026 10:00:00 UTC', 'Mon, 02 Nov 2026 10:00:00 GMT'],
      ['Mon Nov 02 2026 11:00:00 GMT+0100', 'Mon, 02 Nov 2026 10:00:00 GMT'],
      ['Mon, 02 Nov 2026 10:00:00 GMT', 'Mon, 02 Nov 2026 10:00:00 GMT'],
      ['1790000000.5', undefined],
      ['', undefined],
    ] as const) {
      it(`has the image whose store writes "${written}" for a date`, async () => {
        store.intercept = (_request, response) => {
          response.writeHead(200, { 'last-modified': written, etag: '"v1"' }).end('image');
        };
        using answer = await fetchWith(fetcher, 's3://images/a.jpg');
        expect(answer.headers['last-modified']).to.equal(read);
        expect(answer.headers['etag']).to.equal('"v1"');
      });
    }

    it('says of a part that nobody asked for that it is one', async () => {
      store.intercept = (_request, response) => {
        response.writeHead(206, { 'content-range': 'bytes 0-4/1000' }).end('begun');
      };
      using answer = await fetchWith(fetcher, 's3://images/a.jpg');
      expect(answer.status).to.equal(206);
      expect(answer.headers['content-range']).to.equal('bytes 0-4/1000');
    });

    it('asks for as many objects at once as its caller does', async () => {
      const count = 60;
      const waiting: (() => void)[] = [];
      store.intercept = (_request, response) => {
        waiting.push(() => response.end('image'));
        // None is answered before all have been asked for.
        if (waiting.length === count) for (const answer of waiting) answer();
      };
      const signal = AbortSignal.timeout(5000);
      const asked = Array.from({ length: count }, () => fetchWith(fetcher, 's3://images/a.jpg', signal));
      for (const answer of await Promise.all(asked)) answer[Symbol.dispose]();
    });

    it('closes an idle connection ahead of those who forget it, and none that waits for an answer', async function () {
      this.timeout(10_000);
      store.intercept = ({ url }, response) =>
        void setTimeout(() => response.end('image'), url?.includes('late') === true ? 5000 : 100);
      const [soon, late] = ['s3://images/soon.jpg', 's3://images/late.jpg'].map(async (address) => {
        using answer = await fetchWith(fetcher, address);
        expect(await text(answer.body)).to.equal('image');
      });
      await soon;
      expect(store.connections()).to.equal(2);
      await sleep(4500);
      expect(store.connections()).to.equal(1);
      await late;
    });

    it('asks again on a new connection where those that it kept turn out to be closed', async () => {
      const used = new Set<Socket>();
      store.intercept = ({ socket }, response) => {
        if (used.has(socket)) socket.resetAndDestroy();
        else setTimeout(() => response.end('image'), 50);
        used.add(socket);
      };
      const read = async () => {
        using answer = await fetchWith(fetcher, 's3://images/a.jpg');
        return await text(answer.body);
      };
      expect(await Promise.all([read(), read(), read()])).to.deep.equal(['image', 'image', 'image']);
      expect(await read()).to.equal('image');
      expect(store.requests).to.have.length(5);
    });

    it('does not ask again where a new connection is closed', async () => {
      store.intercept = ({ socket }) => void socket.resetAndDestroy();
      expect(await rejection(fetchWith(fetcher, 's3://images/a.jpg'))).to.be.instanceOf(
        SourceUnreachableError,
      );
      expect(store.requests).to.have.length(1);
    });

    it('closes the connection of a download that is not read to its end', async () => {
      const large = Buffer.alloc(8_000_000);
      store.intercept = (_request, response) => void response.end(large);
      const answer = await fetchWith(fetcher, 's3://images/a.jpg');
      await answer.body[Symbol.asyncIterator]().next();
      answer[Symbol.dispose]();
      while (store.connections() > 0) await sleep(5);
    });

    it('rejects with SourceUnreachableError where the body ends early', async () => {
      store.intercept = ({ socket }, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('begun');
        setTimeout(() => socket.destroy(), 20);
      };
      using answer = await fetchWith(fetcher, 's3://images/a.jpg');
      const reading = (async () => {
        for await (const chunk of answer.body) expect(chunk.length).to.be.below(1000);
      })();
      expect(await rejection(reading)).to.be.instanceOf(SourceUnreachableError);
    });

    it('leaves a store that does not answer when its caller does', async () => {
      store.intercept = () => undefined;
      const caller = new AbortController();
      const reason = new Error('left');
      const asking = rejection(fetchWith(fetcher, 's3://images/a.jpg', caller.signal));
      while (store.requests.length === 0) await sleep(5);
      caller.abort(reason);
      expect(await asking).to.equal(reason);
      while (store.connections() > 0) await sleep(5);
    });

    it('says that a store cannot be reached where nobody listens', async () => {
      const nowhere = new S3ImageFetcher({
        region: 'auto',
        endpoint: 'http://127.0.0.1:1',
        forcePathStyle: true,
      });
      expect(await rejection(fetchWith(nowhere, 's3://images/a.jpg'))).to.be.instanceOf(
        SourceUnreachableError,
      );
    });
  });

  describe('at AWS', () => {
    useNock();

    it('asks the bucket by its name, signed, and follows it into its region', async () => {
      nock('https://my-bucket.s3.eu-west-1.amazonaws.com')
        .get('/a/b%20c.jpg')
        .query(true)
        .matchHeader(
          'authorization',
          /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d+\/eu-west-1\/s3\/aws4_request/,
        )
        .reply(301, '<Error><Code>PermanentRedirect</Code></Error>', { 'x-amz-bucket-region': 'us-west-2' });
      nock('https://my-bucket.s3.us-west-2.amazonaws.com')
        .get('/a/b%20c.jpg')
        .query(true)
        .reply(200, 'image');
      const fetcher = new S3ImageFetcher({ region: 'eu-west-1' });
      using answer = await fetchWith(fetcher, 's3://my-bucket/a/b%20c.jpg');
      expect(answer.status).to.equal(200);
      expect(nock.pendingMocks()).to.deep.equal([]);
      await fetcher.close();
    });
  });

  describe('without credentials', () => {
    useEnvironment({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/no/such/file',
      AWS_SHARED_CREDENTIALS_FILE: '/no/such/file',
    });

    it('says so', async () => {
      const fetcher = new S3ImageFetcher({ region: 'eu-west-1' });
      const error = await rejection(fetchWith(fetcher, 's3://my-bucket/a.jpg'));
      expect(error).to.be.instanceOf(SourceAccessError);
      expect((error as Error).message).to.include("couldn't identify itself");
      await fetcher.close();
    });
  });
});
