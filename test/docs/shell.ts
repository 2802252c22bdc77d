import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { LogLine } from '../../scripts/kit/running-service.ts';
import { PROJECT } from './markdown.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A checkout of the project, as one who reads its documents has it, made of links; what a command writes stays in it. */
export class Checkout implements AsyncDisposable {
  readonly folder: string;

  static async create(): Promise<Checkout> {
    const folder = await mkdtemp(join(tmpdir(), 'checkout-'));
    const names = (await readdir(PROJECT)).filter((name) => name !== '.git');
    for (const name of names) await symlink(join(PROJECT, name), join(folder, name));
    return new Checkout(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Runs a line of shell to its end. */
  async run(command: string, environment: Record<string, string> = {}): Promise<Outcome> {
    const child = this.#spawn(command, environment);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  }

  /** Runs a line of shell that starts the service, which then listens on a port of its own and may fetch from loopback. */
  async start(command: string, environment: Record<string, string> = {}): Promise<StartedService> {
    const loopback = { ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8', ALLOWED_SOURCE_PORTS: '1-65535' };
    const all = { HOST: '127.0.0.1', PORT: '0', ...loopback, ...environment };
    const service = new StartedService(this.#spawn(command, all));
    try {
      await service.listening();
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** With a group of its own, so that what the shell starts can be ended with it. */
  #spawn(command: string, environment: Record<string, string>): ChildProcess {
    const path = [join(PROJECT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const env = { PATH: path, HOME: this.folder, ...environment };
    const options = { cwd: this.folder, env, detached: true } as const;
    return spawn('bash', ['-c', command], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

export class StartedService implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #process: ChildProcess;
  url = '';

  constructor(process: ChildProcess) {
    this.#process = process;
  }

  async listening(): Promise<void> {
    const stderr = text(this.#process.stderr!);
    for await (const line of createInterface({ input: this.#process.stdout! })) {
      // npm says what it runs before that says anything.
      if (!line.startsWith('{')) continue;
      const entry = JSON.parse(line) as LogLine;
      this.log.push(entry);
      if (entry.msg !== 'listening') continue;
      this.url = String(entry['url']);
      break;
    }
    if (this.url === '') throw new Error(`it ended before it listened: ${await stderr}`);
    // Nobody reads what it logs from here on, and a pipe that is full would hold it up.
    this.#process.stdout!.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    const exit = once(this.#process, 'exit');
    process.kill(-pid, 'SIGKILL');
    await exit;
  }
}
