import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { metricsUrl, scrape, total, until } from '../support/metrics.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { childrenOf } from '../../scripts/kit/processes.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';
import { isRunning } from '../support/running-processes.ts';

describe('several workers', function () {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin();
    const body = await plain(300, 200, [200, 60, 0]).png().toBuffer();
    origin.serve('/a.png', { body, type: 'image/png' });
    origin.serve('/stalled', { stall: 'head' });
  });
  after(() => origin[Symbol.asyncDispose]());

  /** A service whose workers all listen. */
  async function startWorkers(environment: Record<string, string> = {}): Promise<RunningService> {
    const service = await RunningService.start({ WORKERS: '2', METRICS_PORT: '0', ...environment });
    await until(() => workerPids(service).length === 2);
    return service;
  }

  /** Of those that have ever listened, in order. */
  const workerPids = ({ log }: RunningService) =>
    log.filter(({ msg }) => msg === 'listening').map(({ pid }) => Number(pid));

  const thumbnailUrl = ({ url }: RunningService, path: string) =>
    `${url}/thumbnail?url=${encodeURIComponent(origin.url(path))}&size=128`;

  const untilReplaced = ({ log }: RunningService) =>
    until(() => log.some(({ msg }) => msg === 'a worker ended; it is replaced'));

  /** On a connection of its own, so that the workers take turns. */
  async function get(url: string, options: RequestInit = {}): Promise<number> {
    const response = await fetch(url, { ...options, headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.status;
  }

  /** Until each of them has loaded what it loads after it listens. */
  async function untilWarm(service: RunningService): Promise<void> {
    const upload = { method: 'POST', body: 'no image' };
    for (let time = 0; time < 4; time += 1) await get(thumbnailUrl(service, `/a.png?${time}`));
    for (let time = 0; time < 4; time += 1) await get(`${service.url}/thumbnail?size=128`, upload);
  }

  it('share one port, and all of their requests are counted together', async () => {
    await using service = await startWorkers();
    expect(new Set(workerPids(service)).size).to.equal(2);
    expect(workerPids(service)).to.not.include(service.pid);
    for (let time = 0; time < 8; time += 1) expect(await get(thumbnailUrl(service, '/a.png'))).to.equal(200);
    const url = metricsUrl(service);
    await until(async () => total(await scrape(url), 'thumbnailer_http_requests_total') === 8);
    const samples = await scrape(url);
    expect(samples.get('thumbnailer_workers')).to.equal(2);
    expect(total(samples, 'thumbnailer_build_info')).to.equal(1);
    const pids = () => service.log.filter(({ msg }) => msg === 'request').map(({ pid }) => pid);
    await until(() => pids().length === 8);
    expect(new Set(pids()).size, 'workers that had requests').to.equal(2);
    expect(await service.stop()).to.equal(0);
  });

  it('run with the settings of the allocator and the threads that the primary has', async function () {
    if (process.platform !== 'linux') this.skip();
    await using service = await startWorkers({ DECODERS: 'in-process', RESIZE_CONCURRENCY: '2' });
    for (const pid of workerPids(service)) {
      const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
      expect(variables).to.include('MALLOC_ARENA_MAX=2').and.include('UV_THREADPOOL_SIZE=6');
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8'), 'half of 25').to.include('percentage=13');
    }
  });

  it('divide memory and work among them', async () => {
    await using service = await startWorkers({
      MEMORY_BUDGET: '300MiB',
      MEMORY_CACHE_SIZE: '10MiB',
    });
    const samples = await scrape(metricsUrl(service));
    expect(samples.get('thumbnailer_memory_budget_bytes{bound="decodes"}')).to.equal(300 * 1024 ** 2);
    expect(service.log.find(({ msg }) => msg === 'listening')).to.include({ cache: 'memory (5 MiB)' });
  });

  it('one that dies is replaced, the other serves on, and no count goes back', async () => {
    await using service = await startWorkers();
    for (let time = 0; time < 6; time += 1) await get(thumbnailUrl(service, '/a.png'));
    const url = metricsUrl(service);
    await until(async () => total(await scrape(url), 'thumbnailer_http_requests_total') === 6);

    process.kill(workerPids(service)[0]!, 'SIGKILL');
    await untilReplaced(service);
    expect(await get(`${service.url}/readyz`)).to.equal(200);
    expect(total(await scrape(url), 'thumbnailer_http_requests_total')).to.equal(6);

    await until(() => workerPids(service).length === 3);
    await until(async () => (await scrape(url)).get('thumbnailer_workers') === 2);
    expect((await scrape(url)).get('thumbnailer_worker_restarts_total')).to.equal(1);
    for (let time = 0; time < 4; time += 1) expect(await get(thumbnailUrl(service, '/a.png'))).to.equal(200);
    await until(async () => total(await scrape(url), 'thumbnailer_http_requests_total') === 10);
    expect(await service.stop()).to.equal(0);
  });

  it('leave no client waiting when one of them is killed, whatever it was doing', async () => {
    await using service = await startWorkers();
    const [pid] = workerPids(service);
    const { hostname, port } = new URL(service.url);
    process.kill(pid!, 'SIGSTOP');
    // A worker is given its next connection once it has confirmed the one before.
    const sockets = Array.from({ length: 8 }, () => connect(Number(port), hostname));
    const ends = sockets.map(async (socket) => {
      socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      return text(socket).catch(() => 'reset');
    });
    let ended = 0;
    for (const end of ends) void end.then(() => (ended += 1));
    await until(() => ended === sockets.length - 1);
    await sleep(200);
    expect(ended, 'one waits for the worker that is stopped').to.equal(sockets.length - 1);
    process.kill(pid!, 'SIGKILL');
    const answers = await Promise.all(ends);
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200'))).to.have.length(sockets.length - 1);
  });

  it('serve on once they have file descriptors again, where they had none left', async function () {
    if (spawnSync('prlimit', ['--version']).error !== undefined) this.skip();
    await using service = await startWorkers();
    await untilWarm(service);
    const limitTo = (pid: number, files: number) =>
      spawnSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
    for (const pid of workerPids(service)) limitTo(pid, 3);
    const refused = () => get(`${service.url}/healthz`).catch(() => 0);
    expect(await Promise.all(Array.from({ length: 8 }, refused))).to.deep.equal(Array(8).fill(0));
    for (const pid of workerPids(service)) limitTo(pid, 1024);
    for (let time = 0; time < 8; time += 1) expect(await get(`${service.url}/healthz`)).to.equal(200);
  });

  it('are tried again where one cannot be started in the place of one that died', async function () {
    if (spawnSync('prlimit', ['--version']).error !== undefined) this.skip();
    await using service = await startWorkers();
    const limitTo = (files: number) =>
      spawnSync('prlimit', ['--pid', String(service.pid), `--nofile=${files}:`]);
    limitTo(3);
    process.kill(workerPids(service)[0]!, 'SIGKILL');
    const failures = () =>
      service.log.filter(({ msg }) => msg === 'a worker cannot be started; it is tried again');
    await until(() => failures().length >= 2);
    expect(failures()[1]).to.have.nested.property('err.code', 'EMFILE');
    limitTo(1024);
    await until(() => workerPids(service).length === 3);
    expect((await scrape(metricsUrl(service))).get('thumbnailer_workers')).to.equal(2);
    expect(await get(thumbnailUrl(service, '/a.png'))).to.equal(200);
    expect(await service.stop()).to.equal(0);
  });

  it('outlive one that dies just when it is asked for its metrics', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    await using service = await startWorkers();
    const { hostname, port } = new URL(metricsUrl(service));
    const scraper = connect(Number(port), hostname);
    await once(scraper, 'connect');
    scraper.write('GET /metrics HTTP/1.1\r\n');
    await sleep(100);
    const [pid] = workerPids(service);
    process.kill(service.pid, 'SIGSTOP');
    await sleep(50);
    // The primary sees this first, and that the worker has gone just after it.
    scraper.write(`Host: ${hostname}\r\nConnection: close\r\n\r\n`);
    await sleep(50);
    process.kill(pid!, 'SIGKILL');
    await until(() => !isRunning(pid!));
    process.kill(service.pid, 'SIGCONT');
    expect(await text(scraper)).to.match(/^HTTP\/1.1 200/);
    await untilReplaced(service);
    await until(() => workerPids(service).length === 3);
    expect(await service.stop()).to.equal(0);
  });

  it('one that is stopped by itself ends well, and is replaced', async () => {
    await using service = await startWorkers();
    process.kill(workerPids(service)[1]!, 'SIGTERM');
    await until(() => workerPids(service).length === 3);
    const line = service.log.find(({ msg }) => msg === 'a worker ended; it is replaced');
    expect(line).to.include({ code: 0, signal: null, level: 30 });
    expect((await scrape(metricsUrl(service))).get('thumbnailer_worker_restarts_total')).to.equal(0);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`all end on ${signal}, with work under way ended first`, async () => {
      let answer = () => undefined as unknown;
      origin.serve('/late', (_request, response) => {
        answer = () => response.end();
      });
      await using service = await startWorkers();
      const before = origin.hits('/late');
      const response = fetch(thumbnailUrl(service, '/late'));
      await until(() => origin.hits('/late') > before);
      const code = service.stop(signal);
      await until(() => service.log.filter(({ msg }) => msg === 'stopping').length === 2);
      answer();
      expect((await response).status).to.equal(422);
      expect(await code).to.equal(0);
      expect(workerPids(service).filter((pid) => existsSync(`/proc/${pid}`))).to.deep.equal([]);
    });
  }

  it('a terminal that signals every process by itself does no harm', async () => {
    await using service = await startWorkers();
    for (const pid of workerPids(service)) process.kill(pid, 'SIGINT');
    expect(await service.stop('SIGINT')).to.equal(0);
  });

  it('answer 503 what cannot end in time, and stop with exit code 0 all the same', async () => {
    await using service = await startWorkers({ SHUTDOWN_TIMEOUT: '1s' });
    const before = origin.hits('/stalled');
    const response = fetch(thumbnailUrl(service, '/stalled'));
    await until(() => origin.hits('/stalled') > before);
    const code = service.stop();
    expect((await response).status).to.equal(503);
    expect(await code).to.equal(0);
  });

  it('are killed where they do not end', async () => {
    await using service = await startWorkers({ SHUTDOWN_TIMEOUT: '100ms' });
    const [pid] = workerPids(service);
    process.kill(pid!, 'SIGSTOP');
    expect(await service.stop()).to.equal(1);
    expect(existsSync(`/proc/${pid!}`)).to.equal(false);
  });

  it('end when the primary is killed', async () => {
    const service = await startWorkers();
    await service.stop('SIGKILL');
    await until(() => workerPids(service).every((pid) => !existsSync(`/proc/${pid}`)));
  });

  describe('that decode in processes of their own', () => {
    before(async function () {
      if (!existsSync('/proc/self/status')) this.skip();
      const file = await photograph({ width: 3000, height: 2000 }).avif({ effort: 0 }).toBuffer();
      origin.serve('/slow.avif', { body: file });
    });

    /** The decoders of each worker, all at work. */
    async function startDecoding() {
      const service = await startWorkers({ RESIZE_CONCURRENCY: '2', SHUTDOWN_TIMEOUT: '2s' });
      let count = 0;
      const decoders = () => Promise.all(workerPids(service).map(childrenOf));
      await until(async () => {
        await get(thumbnailUrl(service, `/a.png?${(count += 1)}`));
        return (await decoders()).every((pids) => pids.length > 0);
      });
      const answers = Array.from({ length: 8 }, (_, at) =>
        get(thumbnailUrl(service, `/slow.avif?${at}`)).catch(() => 0),
      );
      await sleep(200);
      return { service, decoders: await decoders(), answers };
    }
    const allEnd = (pids: readonly number[]) => until(() => !pids.some(isRunning));

    it('have a share of the decoders each', async () => {
      const { service, decoders, answers } = await startDecoding();
      await using _service = service;
      // Besides those at work, a worker has one that is ready to take the place of one that is killed.
      for (const pids of decoders) expect(pids.length).to.be.within(1, 2);
      await Promise.all(answers);
    });

    it('take their decoders with them when they are killed, and leave those of the other', async () => {
      const { service, decoders, answers } = await startDecoding();
      await using _service = service;
      process.kill(workerPids(service)[0]!, 'SIGKILL');
      await allEnd(decoders[0]!);
      const statuses = await Promise.all(answers);
      // To the primary, a worker that it finds killed once it is to stop has not ended well.
      await untilReplaced(service);
      expect(statuses.filter((status) => status === 200)).to.not.be.empty;
      expect(decoders[1]!.some(isRunning)).to.equal(true);
      expect(await service.stop()).to.equal(0);
      await allEnd(decoders.flat());
    });

    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      it(`leave no decoder behind when the primary gets ${signal}`, async () => {
        const { service, decoders, answers } = await startDecoding();
        await using _service = service;
        await service.stop(signal);
        await allEnd([...workerPids(service), ...decoders.flat()]);
        await Promise.all(answers);
      });
    }
  });

  for (const [what, environment, sentence] of [
    ['a fault in the environment', { PORT: 'eighty' }, 'PORT: expected'],
    [
      'secrets that are missing',
      { SIGNATURES: 'required' },
      'SIGNING_KEYS: not set, but SIGNATURES is required',
    ],
  ] as const) {
    it(`end with one message for ${what}`, async () => {
      const { code, stderr, log } = await failedStart({ WORKERS: '3', ...environment });
      expect(code).to.equal(1);
      expect(log.map(({ level }) => level)).to.deep.equal([60]);
      expect(stderr.split(sentence), stderr).to.have.length(2);
      expect(stderr).to.not.include('    at ');
    });
  }

  it('end with one message where the port is taken', async () => {
    await using service = await startWorkers();
    const { code, stderr } = await failedStart({ WORKERS: '3', PORT: new URL(service.url).port });
    expect(code).to.equal(1);
    expect(stderr.trim()).to.match(/^Cannot listen: .*EADDRINUSE.*$/);
  });
});
