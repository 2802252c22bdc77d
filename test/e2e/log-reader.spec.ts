import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'chai';
import { isInstalled } from '../support/describe-with.ts';
import { memoryOf } from '../../scripts/kit/processes.ts';
import { until } from '../support/metrics.ts';
import { isRunning } from '../support/running-processes.ts';
import { MAIN } from '../../scripts/kit/programs.ts';

const REQUESTS = 3000;
const AT_ONCE = 20;

/** The service with a log that is read only while a test wants it to be. */
class UnreadService implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #log: Readable;
  readonly ended: Promise<unknown>;
  text = '';

  constructor(process: ChildProcess, log: Readable) {
    this.#process = process;
    this.#log = log;
    this.ended = once(process, 'exit');
    log.setEncoding('utf8').on('data', (text: string) => (this.text += text));
    // A terminal that is closed.
    log.on('error', () => undefined);
  }

  static async start(kind: keyof typeof STARTS, environment: Record<string, string> = {}) {
    const env = { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: '0', ...environment };
    const service = STARTS[kind](env);
    await until(() => service.url !== undefined);
    return service;
  }

  get url(): string | undefined {
    if (!this.text.includes('listening')) return undefined;
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.text)?.[0];
  }

  get lines(): Record<string, unknown>[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Of the service itself: `script` is its parent. */
  get pid(): number {
    const pid = this.#process.pid ?? 0;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return this.#process.spawnfile === 'script' ? Number(child) : pid;
  }

  stopReading(): void {
    this.#log.pause();
  }

  readAgain(): void {
    this.#log.resume();
  }

  async hangUp(): Promise<void> {
    this.#log.destroy();
    await once(this.#log, 'close');
  }

  async request(path: string, count: number): Promise<void> {
    const one = async () => (await fetch(`${this.url}${path}`)).text();
    for (let n = 0; n < count; n += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, one));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
    this.#log.destroy();
  }
}

/** Programs that a kind of output needs. */
const NEEDS: Partial<Record<keyof typeof STARTS, string>> = { pipe: 'mkfifo', terminal: 'script' };

const STARTS = {
  // What Node calls a pipe is a pair of sockets.
  socket: (env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    return new UnreadService(child, child.stdout);
  },
  pipe: (env: NodeJS.ProcessEnv) => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(fifo, 'w');
    rmSync(folder, { recursive: true });
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', writing, writing] });
    closeSync(writing);
    return new UnreadService(child, new Socket({ fd: reading, readable: true, writable: false }));
  },
  terminal: (env: NodeJS.ProcessEnv) => {
    const command = `exec ${process.execPath} ${MAIN}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return new UnreadService(child, child.stdout);
  },
};

describe('a log that nobody reads', function () {
  for (const kind of ['socket', 'pipe'] as const) {
    it(`costs lines and no requests, and says afterwards how many lines, on a ${kind}`, async function () {
      if (!canStart(kind)) this.skip();
      await using service = await UnreadService.start(kind);
      service.stopReading();
      await service.request('/openapi.json', REQUESTS);
      const { residentBytes } = await memoryOf(service.pid);
      await service.request('/openapi.json', 2 * REQUESTS);
      expect((await fetch(`${service.url}/healthz`)).status).to.equal(200);
      expect((await memoryOf(service.pid)).residentBytes).to.be.below(residentBytes + 40 * 1024 ** 2);

      service.readAgain();
      await until(() => service.text.includes('"dropped"'));
      await service.request('/thumbnail', AT_ONCE);
      await until(() => service.lines.filter(({ route }) => route === '/thumbnail').length === AT_ONCE);
      const requests = service.lines.filter(({ route }) => route === '/openapi.json').length;
      const [loss, ...others] = service.lines.filter(({ dropped }) => dropped !== undefined);
      expect(others).to.be.empty;
      expect(loss).to.include({ level: 40, pid: service.pid });
      expect(requests).to.be.above(1000);
      expect(requests + Number(loss?.['dropped'])).to.equal(3 * REQUESTS);
    });
  }

  for (const kind of ['socket', 'pipe', 'terminal'] as const) {
    it(`keeps the service from nothing that SIGTERM asks of it, on a ${kind}`, async function () {
      if (!canStart(kind)) this.skip();
      await using service = await UnreadService.start(kind);
      service.stopReading();
      await service.request('/openapi.json', REQUESTS);
      expect((await fetch(`${service.url}/healthz`)).status).to.equal(200);
      const { pid } = service;
      process.kill(pid, 'SIGTERM');
      await until(() => !isRunning(pid));
      if (kind === 'terminal') return;
      expect(await service.ended).to.deep.equal([0, null]);
    });
  }

  it('stops none of several workers, nor the primary that looks after them', async function () {
    if (!canStart('pipe')) this.skip();
    await using service = await UnreadService.start('pipe', { WORKERS: '2' });
    await until(() => service.text.split('"listening"').length === 3);
    service.stopReading();
    await service.request('/openapi.json', REQUESTS);
    expect((await fetch(`${service.url}/healthz`)).status).to.equal(200);
    service.readAgain();
    const seen = () => service.lines.filter(({ route }) => route === '/openapi.json').length;
    // Fewer than are dropped: each is there, and none is cut up by another worker's.
    await until(() => seen() === REQUESTS);
    service.stopReading();
    await service.request('/openapi.json', REQUESTS);
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).to.deep.equal([0, null]);
  });

  it('may end: what it would have read is dropped then', async () => {
    await using service = await UnreadService.start('socket');
    const { url } = service;
    await service.hangUp();
    const statuses = new Set<number>();
    for (let n = 0; n < 100; n += 1) statuses.add((await fetch(`${url}/healthz`)).status);
    await service.request('/openapi.json', 100);
    expect([...statuses]).to.deep.equal([200]);
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).to.deep.equal([0, null]);
  });
});

function canStart(kind: keyof typeof STARTS): boolean {
  const program = NEEDS[kind];
  return process.platform === 'linux' && (program === undefined || isInstalled(program));
}
