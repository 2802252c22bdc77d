import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type TestApp, startApp } from '../support/app.ts';
import { sourceAnswer } from '../support/fakes.ts';
import { type Harness, harness } from '../support/service.ts';

describe('the web application', () => {
  let app: TestApp;
  let fakes: Harness;

  beforeEach(async () => {
    fakes = harness();
    app = await startApp(fakes, { allowedHosts: ['127.0.0.1', '[::1]', '.example.com'] });
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const get = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
      (resolve, reject) => {
        request(app.url + path, { headers, agent: false }, (response) => {
          text(response).then(
            (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
            reject,
          );
        })
          .on('error', reject)
          .end();
      },
    );

  it('answers to the host names that are allowed, and to no other', async () => {
    for (const host of [
      '127.0.0.1',
      '127.0.0.1:8000',
      '[::1]:8000',
      'example.com',
      'Thumbs.EXAMPLE.com',
      'a.example.com.',
    ]) {
      expect((await get('/', { Host: host })).status, host).to.equal(200);
    }
    for (const host of [
      'evil.example',
      'evilexample.com',
      '127.0.0.2',
      'evil:x@example.com',
      'example.com evil',
      '[::2]',
    ]) {
      const { status, body } = await get('/thumbnail', { Host: host });
      expect(status, host).to.equal(421);
      expect(JSON.parse(body), host).to.include({ code: 'host-not-allowed' });
    }
  });

  it('believes no X-Forwarded-Host', async () => {
    expect((await get('/', { Host: 'evil.example', 'X-Forwarded-Host': 'example.com' })).status).to.equal(
      421,
    );
    const { body } = await get('/', { Host: 'example.com', 'X-Forwarded-Host': 'evil.example' });
    expect(body).to.not.include('evil.example');
  });

  it('tells its health whatever the host, and its readiness until it stops', async () => {
    for (const path of ['/healthz', '/readyz']) {
      expect((await get(path, { Host: '10.20.3.17:8000' })).status, path).to.equal(200);
    }
    app.ready = false;
    expect((await get('/readyz', { Host: '10.20.3.17:8000' })).status).to.equal(503);
    expect((await get('/healthz', { Host: '10.20.3.17:8000' })).status).to.equal(200);
    expect(app.log).to.be.empty;
  });

  it('answers what it does not know with a page or a problem, as the client likes', async () => {
    const page = await get('/nothing', { Accept: 'text/html,*/*;q=0.8' });
    expect(page.status).to.equal(404);
    expect(page.headers['content-type']).to.equal('text/html; charset=utf-8');
    const problem = await get('/nothing', { Accept: '*/*' });
    expect(problem.status).to.equal(404);
    expect(JSON.parse(problem.body)).to.include({ code: 'not-found', status: 404 });
  });

  it('names the methods that a path has', async () => {
    const put = await fetch(`${app.url}/`, { method: 'PUT' });
    expect(put.status).to.equal(405);
    expect(put.headers.get('allow')!.split(', ')).to.have.members(['HEAD', 'GET', 'POST']);
    const patch = await fetch(`${app.url}/thumbnail`, { method: 'PATCH' });
    expect(patch.status).to.equal(405);
    expect(await patch.json()).to.include({ code: 'method-not-allowed' });
    expect((await fetch(`${app.url}/`, { method: 'PROPFIND' })).status).to.equal(405);
  });

  it('refuses a request that a thumbnailer sent', async () => {
    const { status } = await get('/thumbnail?url=http://images.example/a&size=64', {
      Via: '1.1 proxy, 1.1 thumbnailer',
    });
    expect(status).to.equal(403);
    expect((await get('/', { Via: '1.1 thumbnailer-free-proxy' })).status).to.equal(200);
    // A file fetches nothing.
    expect((await get('/samples/lake.jpg', { Via: '1.1 thumbnailer' })).status).to.equal(200);
  });

  it('makes an id of its own where the one that is offered could harm a log', async () => {
    for (const offered of ['a b', 'x'.repeat(200), 'a"b']) {
      expect((await get('/', { 'X-Request-Id': offered })).headers['x-request-id']).to.match(/^[\w-]{36}$/);
    }
    expect((await get('/', { 'X-Request-Id': 'Root=1-67891233-abcdef' })).headers['x-request-id']).to.equal(
      'Root=1-67891233-abcdef',
    );
  });

  it('writes whatever it is sent on one line of the log', async () => {
    await get('/%0d%0a{"level":60,"msg":"forged"}?a=%0d%0ab', { 'User-Agent': 'x' });
    await get('/thumbnail?url=http://images.example%0d%0aX:%20y/&size=64', {});
    expect(app.logText().trim().split('\n')).to.have.length(2);
    expect(app.logText()).to.not.include('forged');
  });

  it('keeps connections longer than a load balancer does', async () => {
    expect((await get('/healthz', {})).status).to.equal(200);
    expect((await fetch(`${app.url}/healthz`)).headers.get('keep-alive')).to.equal('timeout=65');
  });

  it('stops without cutting an answer that is under way, and closes the connection behind it', async () => {
    const release = Promise.withResolvers<undefined>();
    fakes.fetcher.answer = async () => {
      await release.promise;
      return sourceAnswer('late');
    };
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      'GET /thumbnail?url=http://images.example/a&size=64&format=png HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    );
    const received = text(socket);
    while (fakes.fetcher.fetched.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const stopped = app.server.stop();
    release.resolve(undefined);
    expect(await received)
      .to.include('HTTP/1.1 200 OK')
      .and.include('Connection: close')
      .and.include('late 64');
    await stopped;
  });
});
