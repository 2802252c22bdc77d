import { expect } from 'chai';
import { type TestApp, startApp } from '../../support/app.ts';
import { type Harness, harness } from '../../support/service.ts';

describe('how a thumbnail is handed over', () => {
  let fakes: Harness;
  let app: TestApp;

  beforeEach(async () => {
    fakes = harness();
    fakes.now = Date.now();
    app = await startApp(fakes);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const ask = (parameters: Record<string, string>, method = 'GET') =>
    fetch(
      `${app.url}/thumbnail?${new URLSearchParams({ url: 'http://images.example/my%20photo.jpg?size=2', size: '64', format: 'webp', ...parameters }).toString()}`,
      { method },
    );
  const dispositionOf = async (...args: Parameters<typeof ask>) =>
    (await ask(...args)).headers.get('content-disposition');

  it("has the source's own name, in the format's extension, unless another is asked for", async () => {
    expect(await dispositionOf({})).to.equal('inline; filename="my photo.webp"');
    expect(await dispositionOf({ format: 'jpg' })).to.equal('inline; filename="my photo.jpeg"');
    expect(await dispositionOf({ url: 'http://images.example/' })).to.equal(
      'inline; filename="thumbnail.webp"',
    );
    expect(await dispositionOf({ filename: 'card.png' })).to.equal('inline; filename="card.webp"');
    expect(await dispositionOf({ filename: 'Zoë', download: 'true' })).to.equal(
      `attachment; filename="Zo_.webp"; filename*=UTF-8''Zo%C3%AB.webp`,
    );
    expect(await dispositionOf({ download: 'false' })).to.equal('inline; filename="my photo.webp"');
  });

  it('is no part of the key: all names share one thumbnail, as hits and by HEAD too', async () => {
    await ask({});
    const ways = [{}, { filename: 'a' }, { download: 'true' }, { filename: 'b', download: 'true' }];
    for (const way of ways) {
      for (const method of ['GET', 'HEAD']) {
        const { headers } = await ask(way, method);
        expect(headers.get('cache-status')).to.include('hit');
        expect(headers.get('content-disposition')).to.match(
          'download' in way ? /^attachment; / : /^inline; /,
        );
      }
    }
    expect(fakes.fetcher.fetched).to.have.length(1);
    expect(fakes.cache.kept).to.have.length(1);
  });

  it("has the name of an uploaded form's file", async () => {
    const post = async (parameters: string, body: FormData | Blob) => {
      const init = {
        method: 'POST',
        body,
        ...(body instanceof Blob && { headers: { 'Content-Type': 'image/png' } }),
      };
      return (await fetch(`${app.url}/thumbnail?size=64&format=png${parameters}`, init)).headers;
    };
    const form = new FormData();
    form.set('image', new Blob(['<svg>image']), 'My cat.JPG');
    expect((await post('', form)).get('content-disposition')).to.equal('inline; filename="My cat.png"');
    expect((await post('&filename=x&download=true', form)).get('content-disposition')).to.equal(
      'attachment; filename="x.png"',
    );
    const bare = await post('', new Blob(['<svg>image'], { type: 'image/png' }));
    expect(bare.get('content-disposition')).to.equal('inline; filename="thumbnail.png"');
  });

  it('is refused where it has no name or is neither true nor false, and where a source is purged', async () => {
    for (const wrong of [
      { filename: '' },
      { filename: '../' },
      { filename: 'x'.repeat(201) },
      { download: '1' },
      { download: '' },
    ]) {
      const answer = await ask(wrong);
      expect(answer.status, JSON.stringify(wrong)).to.equal(400);
      expect(await answer.json()).to.include({ code: 'invalid-request' });
    }
    expect((await ask({ filename: 'a' }, 'DELETE')).status).to.equal(400);
  });
});
