import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type FetcherContext, kit } from '../../../src/adapter-kit.ts';
import {
  OverloadedError,
  SourceForbiddenError,
  SourceRefusedError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import type { SourcePolicy } from '../../../src/domain/access/source-policy.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import { rejection } from '../../support/rejection.ts';
import { type WebServer, startWebServer } from './web-server.ts';

/** What the service hands to a fetcher, and the networks that `whyForbidden` lets it connect to besides public ones. */
export interface FetcherSetup extends FetcherContext {
  readonly allowedPrivateNetworks: readonly string[];
}

type Setup = Partial<Omit<FetcherSetup, 'kit' | 'whyForbidden'>>;

const LOOPBACK = '127.0.0.1';

const ANY_PORT: SourcePolicy = {
  allowedPorts: [{ from: 1, to: 65_535 }],
  allowedHosts: undefined,
  isOwnAddress: () => false,
};

/**
 * The promises of the ImageFetcher port, for a transport of HTTP: on real sockets, against a server on 127.0.0.1.
 * What the service makes of the answers is no part of them.
 *
 * @param open is called with what IMAGE_FETCHER's module is called with
 */
export function itIsAnImageFetcher(
  name: string,
  open: (setup: FetcherSetup) => ImageFetcher | Promise<ImageFetcher>,
): void {
  describe(`${name} as an ImageFetcher`, function () {
    this.timeout(60_000);
    const opened: ImageFetcher[] = [];
    let server: WebServer;

    beforeEach(async () => {
      server = await startWebServer();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((fetcher) => fetcher.close()));
      await server[Symbol.asyncDispose]();
    });

    async function create(setup: Setup = {}): Promise<ImageFetcher> {
      const allowedPrivateNetworks = setup.allowedPrivateNetworks ?? [`${LOOPBACK}/32`];
      const fetcher = await open({
        kit,
        policy: {
          allowedPorts: [80, 443, server.port].map((port) => ({ from: port, to: port })),
          allowedHosts: undefined,
          isOwnAddress: () => false,
        },
        whyForbidden: (address) =>
          address === LOOPBACK && allowedPrivateNetworks.length > 0 ? undefined : 'no part of this test',
        maxRedirects: 3,
        userAgent: 'thumbnailer/test',
        ...setup,
        allowedPrivateNetworks,
      });
      opened.push(fetcher);
      return fetcher;
    }

    const options = (more: Partial<FetchOptions> = {}) => ({ signal: new AbortController().signal, ...more });

    async function fetchFrom(
      path: string,
      { setup, ...more }: Partial<FetchOptions> & { readonly setup?: Setup } = {},
    ): Promise<SourceAnswer> {
      const url = path.startsWith('/') ? server.url(path) : path;
      return (await create(setup)).fetch(parseSourceUrl(url), options(more));
    }

    async function read({ body }: SourceAnswer): Promise<Buffer> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
      return Buffer.concat(chunks);
    }

    /** Resolves once the server has no more connections than that; mocha's timeout ends the wait. */
    async function connectionsAreClosed(besides = 0): Promise<void> {
      while (server.connections() > besides) await sleep(5);
    }

    /** More than sockets buffer, so that a body which nobody reads stays on its way. */
    const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');

    /** Sends the beginning of a body, and nothing more. */
    const onStalledBody = (path: string) =>
      server.on(path, (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('begun');
      });

    describe('the head', () => {
      it('has the address, the status, and fields by their names in lower case', async () => {
        server.on('/a?b=c', (_request, response) => {
          response.setHeader('Cache-Control', ['max-age=5', 'public']);
          response.writeHead(203, { ETag: '"v1"', 'X-Thing': 'Some' }).end('image');
        });
        using answer = await fetchFrom('/a?b=c#d');
        expect(answer.status).to.equal(203);
        expect(answer.href).to.equal(server.url('/a?b=c'));
        expect(answer.headers).to.include({
          etag: '"v1"',
          'x-thing': 'Some',
          'cache-control': 'max-age=5, public',
        });
      });

      for (const status of [204, 304, 400, 401, 404, 410, 429, 500, 503]) {
        it(`hands on ${status} as it is, and never tries twice`, async () => {
          server.on('/a', (_request, response) => {
            response.writeHead(status, { 'retry-after': '0' }).end();
          });
          using answer = await fetchFrom('/a');
          expect(answer.status).to.equal(status);
          expect(answer.headers['retry-after']).to.equal('0');
          expect(server.asked).to.deep.equal(['/a']);
        });
      }

      it('comes before the body, which waits unread', async () => {
        let sentBytes = 0;
        server.on('/a', (_request, response) => {
          response.writeHead(200, { 'content-length': `${LARGE.length}` });
          for (let at = 0; at < LARGE.length; at += 65_536) {
            response.write(LARGE.subarray(at, at + 65_536), (error) => (sentBytes += error ? 0 : 65_536));
          }
          response.end();
        });
        using _answer = await fetchFrom('/a');
        await sleep(100);
        expect(sentBytes).to.be.below(LARGE.length);
      });

      it('tells the server who asks, and asks for nothing compressed', async () => {
        let asked: Record<string, unknown> = {};
        server.on('/a', ({ headers }, response) => {
          asked = headers;
          response.end();
        });
        using _answer = await fetchFrom('/a');
        expect(asked['user-agent']).to.include('thumbnailer/test');
        expect(asked['accept-encoding'] ?? 'identity').to.equal('identity');
      });
    });

    describe('the body', () => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

      it('has the bytes exactly as they were sent', async () => {
        server.on('/a', (_request, response) => void response.end(bytes));
        using answer = await fetchFrom('/a');
        expect(await read(answer)).to.deep.equal(bytes);
      });

      it('is not decompressed', async () => {
        server.on('/a', (_request, response) => {
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
        });
        using answer = await fetchFrom('/a');
        expect(await read(answer)).to.deep.equal(bytes);
      });

      it('may be empty', async () => {
        server.on('/a', (_request, response) => void response.end());
        using answer = await fetchFrom('/a');
        expect(await read(answer)).to.have.length(0);
      });

      it('gives chunks that stay as they are until the next one is asked for', async () => {
        const pieces = Array.from({ length: 20 }, (_, index) => Buffer.alloc(40_000, index));
        server.on('/a', (_request, response) => {
          void (async () => {
            for (const piece of pieces) {
              response.write(piece);
              await sleep(1);
            }
            response.end();
          })();
        });
        using answer = await fetchFrom('/a');
        const chunks: Buffer[] = [];
        for await (const chunk of answer.body) {
          const before = Buffer.from(chunk);
          await sleep(2);
          expect(before.equals(chunk)).to.equal(true);
          chunks.push(before);
        }
        expect(Buffer.concat(chunks).equals(Buffer.concat(pieces))).to.equal(true);
      });

      it('rejects with SourceUnreachableError where it ends early', async () => {
        server.on('/a', ({ socket }, response) => {
          response.writeHead(200, { 'content-length': '1000' }).write('begun');
          setTimeout(() => socket.destroy(), 20);
        });
        using answer = await fetchFrom('/a');
        expect(await rejection(read(answer))).to.be.instanceOf(SourceUnreachableError);
      });

      it('leaves an idle connection behind at most, once it was read to its end, which close ends', async () => {
        server.on('/a', (_request, response) => void response.end(bytes));
        const fetcher = await create();
        const answer = await fetcher.fetch(parseSourceUrl(server.url('/a')), options());
        await read(answer);
        answer[Symbol.dispose]();
        answer[Symbol.dispose]();
        await connectionsAreClosed(1);
        await fetcher.close();
        await connectionsAreClosed();
      });
    });

    describe('disposing of the answer', () => {
      it('ends the request while the body is unread', async () => {
        server.on('/a', (_request, response) => void response.end(LARGE));
        (await fetchFrom('/a'))[Symbol.dispose]();
        await connectionsAreClosed();
      });

      it('ends it between two chunks', async () => {
        server.on('/a', (_request, response) => void response.end(LARGE));
        using answer = await fetchFrom('/a');
        await answer.body[Symbol.asyncIterator]().next();
        answer[Symbol.dispose]();
        await connectionsAreClosed();
      });

      it('ends it while the next chunk is waited for', async () => {
        onStalledBody('/a');
        using answer = await fetchFrom('/a');
        const chunks = answer.body[Symbol.asyncIterator]();
        await chunks.next();
        const next = chunks.next().catch(() => undefined);
        answer[Symbol.dispose]();
        await connectionsAreClosed();
        await next;
      });

      it('ends no other request', async () => {
        server.on('/a', (_request, response) => void response.end('image'));
        const fetcher = await create();
        const source = parseSourceUrl(server.url('/a'));
        const first = await fetcher.fetch(source, options());
        using second = await fetcher.fetch(source, options());
        first[Symbol.dispose]();
        expect((await read(second)).toString()).to.equal('image');
      });
    });

    describe('validators', () => {
      const given = { etag: '"v1"', lastModified: 'Wed, 11 Nov 2020 17:42:40 GMT' };
      const conditions = new Map<string, unknown>();

      const recordConditions = (path: string, status: number, headers: Record<string, string> = {}) =>
        server.on(path, ({ headers: fields }, response) => {
          conditions.set(path, [fields['if-none-match'], fields['if-modified-since']]);
          response.writeHead(status, headers).end();
        });
      beforeEach(() => conditions.clear());

      it('go to the address that gave them, whose 304 is handed on', async () => {
        recordConditions('/a', 304, { 'cache-control': 'max-age=5' });
        using answer = await fetchFrom('/a', { validators: { ...given, href: server.url('/a') } });
        expect(answer).to.include({ status: 304, href: server.url('/a') });
        expect(answer.headers['cache-control']).to.equal('max-age=5');
        expect(conditions.get('/a')).to.deep.equal([given.etag, given.lastModified]);
      });

      it('go to no other address', async () => {
        recordConditions('/b', 200);
        using _answer = await fetchFrom('/b', { validators: { ...given, href: server.url('/a') } });
        expect(conditions.get('/b')).to.deep.equal([undefined, undefined]);
      });

      it('are withheld from the target of a redirect', async () => {
        recordConditions('/a', 302, { location: '/b' });
        recordConditions('/b', 200);
        using _answer = await fetchFrom('/a', { validators: { ...given, href: server.url('/a') } });
        expect(conditions.get('/b')).to.deep.equal([undefined, undefined]);
      });

      it('go to the target alone where it was the target that gave them', async () => {
        recordConditions('/a', 302, { location: '/b' });
        recordConditions('/b', 304);
        using answer = await fetchFrom('/a', { validators: { ...given, href: server.url('/b') } });
        expect(answer).to.include({ status: 304, href: server.url('/b') });
        expect(conditions.get('/a')).to.deep.equal([undefined, undefined]);
        expect(conditions.get('/b')).to.deep.equal([given.etag, given.lastModified]);
      });
    });

    describe('redirects', () => {
      /** With a body that does not end by itself. */
      const redirect = (path: string, location: string | undefined, status = 302) =>
        server.on(path, (_request, response) => {
          response.writeHead(status, location === undefined ? {} : { location }).write('moved');
        });

      for (const status of [301, 302, 303, 307, 308]) {
        it(`are followed for ${status}, and leave no connection behind`, async () => {
          redirect('/a/b', '../c?d', status);
          onStalledBody('/c?d');
          using answer = await fetchFrom('/a/b');
          expect(answer).to.include({ status: 200, href: server.url('/c?d') });
          await connectionsAreClosed(1);
        });
      }

      it('are told of beforehand, which is waited for, and whose rejection is passed on', async () => {
        redirect('/a', '/b');
        let asked = 0;
        server.on('/b', (_request, response) => {
          asked += 1;
          response.end('image');
        });
        const told: string[] = [];
        const onRedirect = async ({ href }: { readonly href: string }) => {
          await sleep(10);
          told.push(`${href} ${asked}`);
        };
        using _answer = await fetchFrom('/a', { onRedirect });
        expect(told).to.deep.equal([`${server.url('/b')} 0`]);
        const reason = new Error('no room');
        expect(await rejection(fetchFrom('/a', { onRedirect: () => Promise.reject(reason) }))).to.equal(
          reason,
        );
        expect(asked).to.equal(1);
        await connectionsAreClosed(1);
      });

      it('are followed as often as is allowed, and then refused', async () => {
        for (const hop of [0, 1, 2]) redirect(`/${hop}`, `/${hop + 1}`);
        server.on('/3', (_request, response) => void response.end('image'));
        using answer = await fetchFrom('/0');
        expect(answer.href).to.equal(server.url('/3'));
        expect(await rejection(fetchFrom('/0', { setup: { maxRedirects: 2 } }))).to.be.instanceOf(
          SourceRefusedError,
        );
        expect(await rejection(fetchFrom('/2', { setup: { maxRedirects: 0 } }))).to.be.instanceOf(
          SourceRefusedError,
        );
        await connectionsAreClosed(1);
      });

      for (const [what, location] of [
        ['no Location', undefined],
        ['an empty Location', ''],
        ['a Location that is no address', 'http://['],
        ['another scheme', 'ftp://127.0.0.1/a'],
        ['a file', 'file:///etc/passwd'],
        ['data', 'data:image/png;base64,AAAA'],
        ['a user name', 'http://user:secret@127.0.0.1/b'],
        ['a port that is not allowed', 'http://127.0.0.1:22/'],
        ['an address without end', `/${'a'.repeat(9000)}`],
      ] as const) {
        it(`are refused with ${what}`, async () => {
          redirect('/a', location);
          const error = await rejection(fetchFrom('/a'));
          expect(error).to.be.instanceOf(SourceRefusedError).and.to.have.property('sourceStatus', 302);
          await connectionsAreClosed();
        });
      }

      it('are followed to addresses as long as the policy allows, and to none that are longer', async () => {
        const long = `/${'b'.repeat(10_000)}`;
        redirect('/a', long);
        server.on(long, (_request, response) => void response.end('image'));
        const policy = { ...ANY_PORT, maxUrlLength: server.url(long).length };
        using answer = await fetchFrom('/a', { setup: { policy } });
        expect(answer.href).to.equal(server.url(long));
        const shorter = { ...policy, maxUrlLength: policy.maxUrlLength - 1 };
        const error = await rejection(fetchFrom('/a', { setup: { policy: shorter } }));
        expect(error).to.be.instanceOf(SourceRefusedError);
        expect((error as Error).message).to.include(`longer than ${shorter.maxUrlLength} characters`);
      });

      it('are refused to a host that is not allowed', async () => {
        redirect('/a', 'http://other.example/b');
        const allowedHosts = [LOOPBACK];
        const policy = { ...ANY_PORT, allowedHosts };
        expect(await rejection(fetchFrom('/a', { setup: { policy } }))).to.be.instanceOf(
          SourceForbiddenError,
        );
      });
    });

    describe('addresses that may not be connected to', () => {
      for (const host of ['127.0.0.2', '[::1]', '[::ffff:127.0.0.2]', '10.0.0.1']) {
        it(`are refused for ${host}, asked for or redirected to, in one sentence`, async () => {
          const url = `http://${host}:${server.port}/`;
          server.on('/a', (_request, response) => void response.writeHead(302, { location: url }).end());
          const first = (await rejection(fetchFrom(url))) as Error;
          const second = (await rejection(fetchFrom('/a'))) as Error;
          expect(first).to.be.instanceOf(SourceForbiddenError);
          expect(second).to.be.instanceOf(SourceForbiddenError);
          expect(second.message)
            .to.equal(first.message)
            .and.not.to.match(/127\.0|10\.0|::1/);
          expect(server.asked).to.deep.equal(['/a']);
        });
      }

      it('are refused for a name that resolves to one', async () => {
        const setup = { allowedPrivateNetworks: [] };
        const error = await rejection(fetchFrom(`http://localhost:${server.port}/a`, { setup }));
        expect(error).to.be.instanceOf(SourceForbiddenError);
        expect(server.asked).to.deep.equal([]);
      });
    });

    describe('a failure', () => {
      it('of the connection rejects with SourceUnreachableError', async () => {
        const other = await startWebServer();
        await other[Symbol.asyncDispose]();
        const policy = {
          allowedPorts: [{ from: 1, to: 65_535 }],
          allowedHosts: undefined,
          isOwnAddress: () => false,
        };
        const error = await rejection(fetchFrom(other.url('/a'), { setup: { policy } }));
        expect(error).to.be.instanceOf(SourceUnreachableError);
      });

      it('of the protocol, or a connection that ends without an answer, does too', async () => {
        server.on('/a', ({ socket }) => void socket.end('nonsense\r\n\r\n'));
        server.on('/b', ({ socket }) => void socket.destroy());
        for (const path of ['/a', '/b']) {
          expect(await rejection(fetchFrom(path)), path).to.be.instanceOf(SourceUnreachableError);
        }
        await connectionsAreClosed();
      });
    });

    describe('the signal', () => {
      const reason = new Error('the client has left');

      it('rejects with its reason, and asks nobody, when it has aborted before', async () => {
        expect(await rejection(fetchFrom('/a', { signal: AbortSignal.abort(reason) }))).to.equal(reason);
        expect(server.asked).to.deep.equal([]);
      });

      it('does so while the head is waited for, after a redirect too', async () => {
        server.on('/a', (_request, response) => void response.writeHead(302, { location: '/b' }).end());
        for (const path of ['/b', '/a']) {
          const client = new AbortController();
          server.on('/b', () => client.abort(reason));
          expect(await rejection(fetchFrom(path, { signal: client.signal })), path).to.equal(reason);
          await connectionsAreClosed();
        }
      });

      it('does so before the body is read', async () => {
        const client = new AbortController();
        onStalledBody('/a');
        using answer = await fetchFrom('/a', { signal: client.signal });
        client.abort(reason);
        await connectionsAreClosed();
        expect(await rejection(read(answer))).to.equal(reason);
      });

      it('does so while the next chunk is waited for, and between two', async () => {
        for (const isAsked of [true, false]) {
          const client = new AbortController();
          onStalledBody('/a');
          using answer = await fetchFrom('/a', { signal: client.signal });
          const chunks = answer.body[Symbol.asyncIterator]();
          await chunks.next();
          const asked = isAsked ? rejection(chunks.next()) : undefined;
          client.abort(reason);
          expect(await (asked ?? rejection(chunks.next()))).to.equal(reason);
          await connectionsAreClosed();
        }
      });
    });

    describe('prepare, where there is one', () => {
      const reason = new Error('the client has left');
      let prepare: NonNullable<ImageFetcher['prepare']>;

      beforeEach(async function () {
        const fetcher = await create();
        if (fetcher.prepare === undefined) this.skip();
        prepare = fetcher.prepare.bind(fetcher);
      });

      it('asks nothing of the source, and resolves with what fetches it', async () => {
        server.on('/a', (_request, response) => void response.end('image'));
        const prepared = await prepare(parseSourceUrl(server.url('/a')), options());
        await sleep(20);
        expect([server.asked, server.connections()]).to.deep.equal([[], 0]);
        using answer = await prepared(options());
        expect((await read(answer)).toString()).to.equal('image');
      });

      it('rejects with the reason of its signal, and what it resolves with by its own', async () => {
        const source = parseSourceUrl(server.url('/a'));
        const aborted = { signal: AbortSignal.abort(reason) };
        const early = prepare(source, aborted).then((prepared) => prepared(aborted));
        expect(await rejection(early)).to.equal(reason);
        expect(await rejection((await prepare(source, options()))(aborted))).to.equal(reason);
        expect(server.asked).to.deep.equal([]);
      });

      it('lets nothing be fetched that fetch would not', async () => {
        const source = parseSourceUrl(`http://127.0.0.2:${server.port}/`);
        const fetched = prepare(source, options()).then((prepared) => prepared(options()));
        expect(await rejection(fetched)).to.be.instanceOf(SourceForbiddenError);
      });
    });

    describe('close', () => {
      it('ends what waits for its head, and what reads its body, when called twice too', async () => {
        server.on('/a', () => undefined);
        onStalledBody('/b');
        const fetcher = await create();
        const waiting = rejection(fetcher.fetch(parseSourceUrl(server.url('/a')), options()));
        using answer = await fetcher.fetch(parseSourceUrl(server.url('/b')), options());
        const chunks = answer.body[Symbol.asyncIterator]();
        await chunks.next();
        const reading = rejection(chunks.next());
        await Promise.all([fetcher.close(), fetcher.close()]);
        await fetcher.close();
        expect(await waiting).to.be.instanceOf(OverloadedError);
        expect(await reading).to.be.instanceOf(OverloadedError);
        await connectionsAreClosed();
      });

      it('refuses what is asked for later', async () => {
        const fetcher = await create();
        await fetcher.close();
        const source = parseSourceUrl(server.url('/a'));
        expect(await rejection(fetcher.fetch(source, options()))).to.be.instanceOf(OverloadedError);
        expect(server.asked).to.deep.equal([]);
      });
    });
  });
}
