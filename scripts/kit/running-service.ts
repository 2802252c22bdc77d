import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from './programs.ts';

export type LogLine = Record<string, unknown> & { readonly msg?: string };

/** What lets the service fetch from the tests' own image hosts. */
const LOOPBACK_SOURCES = { ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8', ALLOWED_SOURCE_PORTS: '1-65535' };

type Service = ChildProcessByStdio<null, Readable, Readable>;

/** The service as an operator starts it: a process of its own, told everything by its environment. */
export class RunningService implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #process: Service;
  readonly #exit: Promise<number | null>;
  /** The exit code, once it has ended and all of its log is here. */
  readonly ended: Promise<number | null>;
  url = '';

  /** Resolves once it listens, on a port of its own; `main` is the file to run, with its arguments. */
  static async start(
    environment: Record<string, string> = {},
    main = MAIN,
    args: readonly string[] = [],
  ): Promise<RunningService> {
    const service = new RunningService(environment, [main, ...args]);
    await service.#listening();
    return service;
  }

  private constructor(environment: Record<string, string>, command: readonly string[]) {
    if ('LOG_LEVEL' in environment && !/info|debug|trace/.test(environment['LOG_LEVEL'] ?? '')) {
      throw new Error('the line that says where it listens is logged as info');
    }
    this.#process = spawnService(
      { HOST: '127.0.0.1', PORT: '0', ...LOOPBACK_SOURCES, ...environment },
      command,
    );
    this.#exit = once(this.#process, 'exit').then(([code]) => code as number | null);
    this.ended = once(this.#process, 'close').then(([code]) => code as number | null);
    this.#process.stderr.pipe(process.stderr);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The log with the lines of all that was answered until now: lines are written some milliseconds after answers. */
  async logUntilNow(): Promise<readonly LogLine[]> {
    const requestId = randomUUID();
    await (await fetch(`${this.url}/openapi.json`, { headers: { 'X-Request-Id': requestId } })).text();
    while (!this.log.some((line) => line['requestId'] === requestId)) await sleep(2);
    return this.log.filter((line) => line['requestId'] !== requestId);
  }

  /** @returns the exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#process.kill(signal);
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }

  async #listening(): Promise<void> {
    const listening = Promise.withResolvers<undefined>();
    createInterface({ input: this.#process.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      this.log.push(line);
      if (line.msg === 'listening') {
        this.url = String(line['url']);
        listening.resolve(undefined);
      }
    });
    void this.#exit.then((code) =>
      listening.reject(new Error(`the service ended with ${code} before it listened`)),
    );
    await listening.promise;
  }
}

/** Starts the service where it cannot run, and waits for it to say why. */
export async function failedStart(
  environment: Record<string, string>,
): Promise<{ code: number | null; stderr: string; log: LogLine[] }> {
  const child = spawnService({ HOST: '127.0.0.1', PORT: '0', ...environment }, [MAIN]);
  const exit = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exit) as [number | null];
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, stderr, log: lines.map((line) => JSON.parse(line) as LogLine) };
}

/** Of this process's own environment it sees nothing but where programs are. */
function spawnService(environment: Record<string, string>, command: readonly string[]): Service {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  return spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
