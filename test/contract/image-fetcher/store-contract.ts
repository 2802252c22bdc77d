import { expect } from 'chai';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { type SourceUrl, parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import { rejection } from '../../support/rejection.ts';

/** A store with something in it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** What paths are read below. */
  readonly base: string;
  readonly open: () => ImageFetcher;
  /** Puts a file or an object there, in place of an older one. */
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
}

/** The promises of the ImageFetcher port, for a transport that reads from a store and follows no redirects. */
export function itFetchesFromAStore(name: string, startStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} as an ImageFetcher of a store`, function () {
    this.timeout(60_000);
    let store: StoreUnderTest;
    let fetcher: ImageFetcher;

    before(async () => {
      store = await startStore();
    });
    after(() => store[Symbol.asyncDispose]());
    beforeEach(() => {
      fetcher = store.open();
    });
    afterEach(() => fetcher.close());

    const sourceOf = (path: string): SourceUrl => parseSourceUrl(path, { base: store.base });
    const fetch = (path: string, options: Partial<FetchOptions> = {}): Promise<SourceAnswer> =>
      fetcher.fetch(sourceOf(path), { signal: new AbortController().signal, ...options });
    /** More than one chunk, and more than sockets buffer. */
    const LARGE = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));

    it('answers with the bytes, their number and what tells this version from others', async () => {
      await store.put('photo.jpg', LARGE);
      using answer = await fetch('/photo.jpg');
      expect(answer).to.include({ status: 200, href: sourceOf('/photo.jpg').href });
      expect(answer.headers['content-length']).to.equal(String(LARGE.length));
      expect(answer.headers['etag']).to.match(/^"[^"]+"$/);
      expect(new Date(answer.headers['last-modified'] ?? '').getTime()).to.be.closeTo(Date.now(), 60_000);
      expect(LARGE.equals(await read(answer))).to.equal(true);
    });

    it('gives chunks that stay as they are until the next one is asked for', async () => {
      await store.put('photo.jpg', LARGE);
      using answer = await fetch('/photo.jpg');
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) {
        const before = Buffer.from(chunk);
        await new Promise((resolve) => setTimeout(resolve, 2));
        expect(before.equals(chunk)).to.equal(true);
        chunks.push(before);
      }
      expect(LARGE.equals(Buffer.concat(chunks))).to.equal(true);
    });

    it('has nothing in what is empty', async () => {
      await store.put('empty', new Uint8Array());
      using answer = await fetch('/empty');
      expect(answer.status).to.equal(200);
      expect(await read(answer)).to.have.length(0);
    });

    for (const name of ['a b+c%d.jpg', 'photos/2024/ä#1?.jpg', "it's (1)!*.jpg", '🦊.png', 'a..b.jpg']) {
      it(`finds ${name}`, async () => {
        await store.put(name, Buffer.from(name));
        using answer = await fetch(`/${name.split('/').map(encodeURIComponent).join('/')}`);
        expect((await read(answer)).toString()).to.equal(name);
      });
    }

    it('answers with 404 where there is nothing', async () => {
      using answer = await fetch('/missing/photo.jpg');
      expect(answer.status).to.equal(404);
    });

    describe('validators', () => {
      const validatorsOf = async (path: string) => {
        using answer = await fetch(path);
        await read(answer);
        const { etag = '', 'last-modified': lastModified = '' } = answer.headers;
        return { href: answer.href, etag, lastModified };
      };

      it('get 304 while nothing has changed, and the image once it has', async () => {
        await store.put('changing.jpg', Buffer.from('first'));
        const validators = await validatorsOf('/changing.jpg');
        using unchanged = await fetch('/changing.jpg', { validators });
        expect(unchanged).to.include({ status: 304, href: validators.href });
        expect(await read(unchanged)).to.have.length(0);
        await store.put('changing.jpg', Buffer.from('second, and longer'));
        using changed = await fetch('/changing.jpg', { validators });
        expect(changed.status).to.equal(200);
        expect((await read(changed)).toString()).to.equal('second, and longer');
      });

      it('count for nothing where another address gave them', async () => {
        await store.put('one.jpg', Buffer.from('same'));
        const validators = await validatorsOf('/one.jpg');
        using answer = await fetch('/one.jpg', {
          validators: { ...validators, href: `${validators.href}x` },
        });
        expect(answer.status).to.equal(200);
      });
    });

    describe('ending early', () => {
      it('leaves other requests alone', async () => {
        await store.put('photo.jpg', LARGE);
        const first = await fetch('/photo.jpg');
        using second = await fetch('/photo.jpg');
        await first.body[Symbol.asyncIterator]().next();
        first[Symbol.dispose]();
        first[Symbol.dispose]();
        expect(LARGE.equals(await read(second))).to.equal(true);
      });

      it('rejects with the reason of a signal that has aborted', async () => {
        const reason = new Error('left');
        expect(await rejection(fetch('/photo.jpg', { signal: AbortSignal.abort(reason) }))).to.equal(reason);
      });

      it('rejects with the reason of a signal that aborts between two chunks', async () => {
        await store.put('photo.jpg', LARGE);
        const reason = new Error('left');
        const caller = new AbortController();
        using answer = await fetch('/photo.jpg', { signal: caller.signal });
        const chunks = answer.body[Symbol.asyncIterator]();
        await chunks.next();
        caller.abort(reason);
        expect(await rejection(readRest(chunks))).to.equal(reason);
      });

      it('comes with closing, for what is read and what is asked for later', async () => {
        await store.put('photo.jpg', LARGE);
        using answer = await fetch('/photo.jpg');
        const chunks = answer.body[Symbol.asyncIterator]();
        await chunks.next();
        await Promise.all([fetcher.close(), fetcher.close()]);
        expect(await rejection(readRest(chunks))).to.be.instanceOf(OverloadedError);
        expect(await rejection(fetch('/photo.jpg'))).to.be.instanceOf(OverloadedError);
      });
    });
  });
}

async function read({ body }: SourceAnswer): Promise<Buffer> {
  return readRest(body[Symbol.asyncIterator]());
}

async function readRest(body: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let next = await body.next(); next.done !== true; next = await body.next()) {
    chunks.push(Uint8Array.from(next.value));
  }
  return Buffer.concat(chunks);
}
