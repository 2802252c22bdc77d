import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 30_000;
const DEFECTS_SHOWN = 3;

/** What lets it fetch from the benchmark's own origin. */
const LOOPBACK = {
  HOST: '127.0.0.1',
  PORT: '0',
  ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
  ALLOWED_SOURCE_PORTS: '1-65535',
};

/** How Node is told to run the service: flags, the file to run, and settings of the process. */
export interface Command {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The sources, as `npm start` runs them. */
export const FROM_SOURCES: Command = {
  args: [join(import.meta.dirname, '../../src/main.ts')],
  environment: {},
};

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
  const stdio: StdioOptions = ['ignore', logTo, 'inherit'];
  return spawn(process.execPath, args, { env, stdio, signal, killSignal: 'SIGKILL' });
}

/** The address, where the line of the log is the one that says where it listens. */
export function listeningAt(line: string): string | undefined {
  if (!line.includes('"msg":"listening"')) return undefined;
  return (JSON.parse(line) as { readonly url: string }).url;
}

/** The service as an operator starts it. Its log goes to a file: a process that reads it along would take a CPU away. */
export class Service implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;
  url = '';

  /** Resolves once all its workers listen, on a port of its own. */
  static async start(settings: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Service> {
    const folder = await mkdtemp(join(tmpdir(), 'benchmark-'));
    const log = await open(join(folder, 'log'), 'a');
    await using stack = new AsyncDisposableStack();
    const service = stack.use(new Service(folder, spawnService(settings, log.fd, signal)));
    await log.close();
    await service.#listening(Number(settings['WORKERS'] ?? 1));
    stack.move();
    return service;
  }

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child.on('error', () => undefined);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @returns what is wrong with the way it ended, and the first defects that it has logged */
  async stop(): Promise<string[]> {
    const code = await this.#end('SIGTERM');
    const wrong = code === 0 ? [] : [`the service ended with ${code}`];
    // The log of a run has millions of lines, and is not read into memory.
    for await (const line of createInterface({ input: createReadStream(join(this.#folder, 'log')) })) {
      if (/"level":[56]0/.test(line) && wrong.length < DEFECTS_SHOWN) wrong.push(line);
    }
    return wrong;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode;
    const exit = once(this.#process, 'exit') as Promise<[number | null]>;
    this.#process.kill(signal);
    using stack = new DisposableStack();
    stack.adopt(
      setTimeout(() => this.#process.kill('SIGKILL'), DEADLINE_MS),
      clearTimeout,
    );
    return (await exit)[0];
  }

  async #listening(workers: number): Promise<void> {
    const giveUpAt = Date.now() + DEADLINE_MS;
    while (this.#process.exitCode === null && Date.now() < giveUpAt) {
      const lines = (await readFile(join(this.#folder, 'log'), 'utf8')).split('\n');
      const [url, ...others] = lines.map(listeningAt).filter((each) => each !== undefined);
      if (url !== undefined && others.length >= workers - 1) {
        this.url = url;
        return;
      }
      await sleep(10);
    }
    throw new Error('the service did not start');
  }
}
