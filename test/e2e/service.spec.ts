import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { CONTAINER, TASK } from '../adapters/ecs-metadata/metadata-fixture.ts';
import { requestTo } from '../support/request-to.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';

describe('the service, started as an operator does', function () {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin();
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#c40' } } as const;
    origin.serve('/a.png', { body: await sharp(picture).png().toBuffer(), type: 'image/png' });
    origin.serve('/page.html', { body: '<!doctype html><title>No image</title>', type: 'text/html' });
    origin.serve('/stalled', { stall: 'head' });
  });
  after(() => origin[Symbol.asyncDispose]());

  const thumbnailUrl = (service: RunningService, path: string) =>
    `${service.url}/thumbnail?url=${encodeURIComponent(origin.url(path))}&size=128`;

  it('makes thumbnails, keeps them in memory, and stops with exit code 0 when told to', async () => {
    await using service = await RunningService.start();
    expect(service.log[0]).to.include({ cache: 'memory (64 MiB)', secrets: 'environment variables' });
    const first = await fetch(thumbnailUrl(service, '/a.png'));
    expect(first.headers.get('cache-status')).to.include('miss');
    const { width, height, format } = await sharp(Buffer.from(await first.arrayBuffer())).metadata();
    expect({ width, height, format }).to.deep.equal({ width: 128, height: 85, format: 'png' });
    expect((await fetch(thumbnailUrl(service, '/a.png'))).headers.get('cache-status')).to.include('hit');
    expect(origin.hits('/a.png')).to.equal(1);
    expect(await service.stop()).to.equal(0);
  });

  it('runs with the settings that hold its memory down, under the id that it was started with', async function () {
    if (process.platform !== 'linux') this.skip();
    await using service = await RunningService.start();
    const variables = (await readFile(`/proc/${service.pid}/environ`, 'utf8')).split('\0');
    expect(variables).to.include('MALLOC_ARENA_MAX=1').and.include('MALLOC_MMAP_THRESHOLD_=131072');
    expect(service.log[0]).to.include({ pid: service.pid });
  });

  it('leaves the settings of the allocator alone that an operator has made', async function () {
    if (process.platform !== 'linux') this.skip();
    await using service = await RunningService.start({ MALLOC_ARENA_MAX: '7' });
    const variables = (await readFile(`/proc/${service.pid}/environ`, 'utf8')).split('\0');
    expect(variables).to.include('MALLOC_ARENA_MAX=7').and.not.include('MALLOC_TRIM_THRESHOLD_=131072');
  });

  it('answers on ECS to the names of load balancers, in China, too, and to its own address', async () => {
    await using metadata = await startOrigin();
    metadata.serve('/id', { body: JSON.stringify(CONTAINER), type: 'application/json' });
    metadata.serve('/id/task', { body: JSON.stringify(TASK), type: 'application/json' });
    await using service = await RunningService.start({ ECS_CONTAINER_METADATA_URI_V4: metadata.url('/id') });
    for (const [host, status] of [
      ['thumbnailer-lb-1.eu-west-1.elb.amazonaws.com', 200],
      ['thumbnailer-lb-1.cn-north-1.elb.amazonaws.com.cn', 200],
      ['10.20.3.17', 200],
      ['evil.example', 421],
    ] as const) {
      expect((await requestTo(service.url, '/openapi.json', { Host: host })).status, host).to.equal(status);
    }
  });

  it('keeps nothing where THUMBNAIL_CACHE is none', async () => {
    await using service = await RunningService.start({ THUMBNAIL_CACHE: 'none' });
    for (let time = 0; time < 2; time += 1) {
      expect((await fetch(thumbnailUrl(service, '/a.png'))).headers.get('cache-status')).to.include('miss');
    }
  });

  it('answers each fault of a source with its code, and logs none as a defect', async () => {
    await using service = await RunningService.start({
      SOURCE_TIMEOUT: '3s',
      ALLOWED_SOURCES: '127.0.0.1,x.invalid',
    });
    const closed = await closedPort();
    const codes: Record<string, string> = {
      [origin.url('/nothing')]: 'source-not-found',
      [origin.url('/page.html')]: 'unsupported-image',
      [origin.url('/stalled')]: 'source-timeout',
      [`http://127.0.0.1:${closed}/`]: 'source-unreachable',
      'http://x.invalid/': 'source-unreachable',
      'http://elsewhere.example/': 'source-forbidden',
    };
    for (const [url, code] of Object.entries(codes)) {
      const response = await fetch(
        `${service.url}/thumbnail?${new URLSearchParams({ url, size: '64' }).toString()}`,
      );
      expect(await response.json(), url).to.include({ code, status: response.status });
      const page = await fetch(service.url, {
        method: 'POST',
        body: new URLSearchParams({ image_url: url, thumbnail_size: '64' }),
      });
      expect(page.status, url).to.equal(response.status);
      expect(await page.text(), url).to.include('id="error"');
    }
    expect((await service.logUntilNow()).filter(({ level }) => Number(level) > 30)).to.be.empty;
  });

  it('ends where what it works with cannot be loaded, though it listens before it is', async () => {
    // Decoders of their own get nothing of the service's environment, NODE_OPTIONS included.
    await using service = await RunningService.start({
      DECODERS: 'in-process',
      NODE_OPTIONS: optionsWithout('sharp'),
    });
    expect(await service.ended).to.equal(1);
    expect(service.log.find(({ level }) => level === 60)).to.have.nested.property(
      'err.message',
      'no sharp here',
    );
  });

  it('does not call itself', async () => {
    await using service = await RunningService.start({ PORT: String(await closedPort()) });
    const url = `${service.url}/thumbnail?${new URLSearchParams({ url: `${service.url}/`, size: '64' }).toString()}`;
    expect(await (await fetch(url)).json()).to.include({ code: 'source-forbidden' });
  });

  it('logs no error where it is stopped while it loads what could wait until it listens', async () => {
    for (const afterMs of [90, 100, 110, 120]) {
      await using service = await RunningService.start();
      await sleep(afterMs);
      expect(await service.stop()).to.equal(0);
      expect(service.log.filter(({ level }) => Number(level) > 30)).to.deep.equal([]);
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) {
    it(`lets a request in flight end before it stops on ${signal}`, async () => {
      origin.serve('/late', (_request, response) => {
        setTimeout(() => response.end(), 300);
      });
      await using service = await RunningService.start();
      const before = origin.hits('/late');
      const answer = fetch(thumbnailUrl(service, '/late'));
      while (origin.hits('/late') === before) await new Promise((resolve) => setTimeout(resolve, 5));
      const code = service.stop(signal);
      expect((await answer).status).to.equal(422);
      expect(await code).to.equal(0);
      expect(service.log.find(({ msg }) => msg === 'stopping')).to.include({ signal });
    });
  }

  it('ends at once on a second signal, whichever it is, but for SIGHUP', async () => {
    await using service = await RunningService.start({ DRAIN_DELAY: '60s', SHUTDOWN_TIMEOUT: '60s' });
    const ended = service.stop('SIGTERM');
    while (!service.log.some(({ msg }) => msg === 'stopping'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(service.pid, 'SIGHUP');
    expect((await fetch(`${service.url}/healthz`)).status).to.equal(200);
    process.kill(service.pid, 'SIGINT');
    expect(await ended, 'killed by the signal').to.equal(null);
  });

  it('answers 503 what cannot end in time, and stops with exit code 0 all the same', async () => {
    await using service = await RunningService.start({ SHUTDOWN_TIMEOUT: '1s' });
    const answer = fetch(thumbnailUrl(service, '/stalled'));
    const before = origin.hits('/stalled');
    while (origin.hits('/stalled') === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const code = service.stop();
    const response = await answer;
    expect(response.status).to.equal(503);
    expect(await response.json()).to.include({ code: 'overloaded' });
    expect(response.headers.get('connection')).to.equal('close');
    expect(await code).to.equal(0);
  });

  it('says in one message what is wrong with its environment', async () => {
    const { code, stderr, log } = await failedStart({ PORT: 'eighty', CACHE_TTL: '1 day' });
    expect(code).to.equal(1);
    expect(log).to.have.length(1);
    expect(log[0]).to.include({ level: 60, msg: 'the service cannot run', reason: stderr.trim() });
    expect(stderr.trim().split('\n')).to.have.length(3);
    expect(stderr).to.include('PORT: expected').and.include('CACHE_TTL: expected').and.not.include('    at ');
  });

  for (const [what, environment, sentence] of [
    [
      'no memcached address',
      { THUMBNAIL_CACHE: 'memcached' },
      'MEMCACHIER_SERVER: not set, but THUMBNAIL_CACHE names memcached',
    ],
    ['no signing keys', { SIGNATURES: 'required' }, 'SIGNING_KEYS: not set, but SIGNATURES is required'],
    ['malformed signing keys', { SIGNING_KEYS: 'a:short' }, 'key "a" is shorter than 32 bytes'],
    ['no region', { SECRET_SOURCE: 'ssm' }, 'Set AWS_REGION'],
  ] as const) {
    it(`says in a sentence that there is ${what}`, async () => {
      const { code, stderr, log } = await failedStart(environment);
      expect(code).to.equal(1);
      expect(stderr).to.include(sentence).and.not.include('    at ');
      expect(log.map(({ level }) => level)).to.deep.equal([60]);
      expect(log[0]).to.have.property('reason').that.includes(sentence);
    });
  }

  it('says in a sentence that its port is taken, and ends', async () => {
    await using service = await RunningService.start();
    const { code, stderr, log } = await failedStart({ PORT: new URL(service.url).port });
    expect(code).to.equal(1);
    expect(stderr).to.include('Cannot listen').and.include('EADDRINUSE');
    expect(stderr).to.include('Set PORT (METRICS_PORT for metrics) to one that is free.');
    expect(log.at(-1)).to.include({ level: 60, reason: stderr.trim() });
  });

  it('says in a sentence that it has no such address, and ends', async () => {
    const { code, stderr } = await failedStart({ HOST: '203.0.113.9' });
    expect(code).to.equal(1);
    expect(stderr).to.match(/^Cannot listen: .*EADDRNOTAVAIL.* Set HOST to an address of this machine\.\n$/);
  });

  it('logs a start that fails in an unforeseen way with its stack', async () => {
    const { code, stderr, log } = await failedStart({
      MEMCACHIER_SERVERS: '127.0.0.1:9',
      NODE_OPTIONS: optionsWithout('memjs'),
    });
    expect(code).to.equal(1);
    expect(stderr).to.include('no memjs here').and.include('    at ');
    expect(log).to.have.length(1);
    expect(log[0]).to.have.nested.include({ level: 60, 'err.message': 'no memjs here' });
  });

  it('logs nothing of a start that fails where LOG_LEVEL is silent', async () => {
    const { code, stderr, log } = await failedStart({ LOG_LEVEL: 'silent', SIGNATURES: 'required' });
    expect(code).to.equal(1);
    expect(stderr).to.include('SIGNING_KEYS: not set');
    expect(log).to.deep.equal([]);
  });
});

/** For NODE_OPTIONS: as on a machine where that package cannot be loaded. */
function optionsWithout(library: string): string {
  const hooks = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === '${library}') throw new Error('no ${library} here');
        return next(specifier, context);
      },
    });
  `;
  return `--import data:text/javascript,${encodeURIComponent(hooks)}`;
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
