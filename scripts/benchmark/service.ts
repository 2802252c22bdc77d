import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defectsIn, urlsIn } from './service-log.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 30_000;

/** What lets it fetch from the benchmark's own origin. */
const LOOPBACK = {
  HOST: '127.0.0.1',
  PORT: '0',
  ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
  ALLOWED_SOURCE_PORTS: '1-65535',
};

/** The service as an operator starts it. Its log goes to a file: a process that reads it along would take a CPU away. */
export class Service implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #exit: Promise<number | null>;
  url = '';

  /** Resolves once all its workers listen, on a port of its own. */
  static async start(environment: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Service> {
    const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
    const log = await open(join(folder, 'log'), 'a');
    const service = new Service(folder, spawnService(environment, log.fd, signal));
    await log.close();
    try {
      await service.#listening(Number(environment['WORKERS'] ?? 1));
      return service;
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child;
    this.#exit = once(child, 'exit').then(([code]) => code as number | null);
    // Whoever stops it learns of it.
    this.#exit.catch(() => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @returns what is wrong with the way it ended, and the defects that it has logged */
  async stop(): Promise<string[]> {
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_DEADLINE_MS);
    try {
      const code = await this.#exit;
      return [...(code === 0 ? [] : [`the service ended with ${code}`]), ...(await defectsIn(this.#logFile))];
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit.catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listening(workers: number): Promise<void> {
    const giveUpAt = Date.now() + START_DEADLINE_MS;
    while (this.#process.exitCode === null && Date.now() < giveUpAt) {
      const [url, ...others] = await urlsIn(this.#logFile);
      if (url !== undefined && others.length >= workers - 1) {
        this.url = url;
        return;
      }
      await sleep(10);
    }
    throw new Error('the service did not start');
  }

  get #logFile(): string {
    return join(this.#folder, 'log');
  }
}

/** How Node is told to run it. */
export interface Command {
  /** Flags, and the file to run. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The sources, as `npm start` runs them. */
export const FROM_SOURCES: Command = { args: [MAIN], environment: {} };

/**
 * Of this process's own environment it sees nothing but where programs are.
 *
 * @param logTo a file's descriptor, or `pipe`
 * @param signal kills it
 */
export function spawnService(
  settings: Readonly<Record<string, string>>,
  logTo: number | 'pipe',
  signal: AbortSignal,
  { args, environment }: Command = FROM_SOURCES,
): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', ...LOOPBACK, ...environment, ...settings };
  const stdio = ['ignore' as const, logTo, 'inherit' as const];
  return spawn(process.execPath, args, { env, stdio, signal, killSignal: 'SIGKILL' });
}
