import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from './accepts.ts';

export interface MemcachedOptions {
  /** Switches SASL on, with this one user; as in MemCachier's dashboard, the realm is part of the name. */
  readonly user?: { readonly username: `${string}@localhost`; readonly password: string };
  /** More arguments for memcached. */
  readonly args?: readonly string[];
}

const START_DEADLINE_MS = 4000;

/** Why the tests with a real memcached cannot run here, or undefined where they can. */
export function whyNoMemcached(): string | undefined {
  const missing = [
    { command: 'memcached', args: ['-V'] },
    { command: 'saslpasswd2', args: ['-V'] },
  ].filter(({ command, args }) => spawnSync(command, args).error !== undefined);
  return missing.length === 0
    ? undefined
    : `not installed: ${missing.map(({ command }) => command).join(', ')}`;
}

/** A real memcached on a port of its own, which keeps that port when it is started again. */
export class Memcached implements AsyncDisposable {
  readonly #folder: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;
  #port = -1;

  static async start({ user, args = [] }: MemcachedOptions = {}): Promise<Memcached> {
    const folder = await mkdtemp(join(tmpdir(), 'memcached-'));
    // memcached gives up root's rights before it reads its users and writes down its port.
    await chmod(folder, 0o777);
    if (user !== undefined) await writeUser(folder, user);
    const server = new Memcached(folder, [...args, ...(user === undefined ? [] : ['-S'])]);
    try {
      await server.start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  private constructor(folder: string, args: readonly string[]) {
    this.#folder = folder;
    this.#args = args;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const portFile = join(this.#folder, 'port');
    const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const own = ['-l', '127.0.0.1', '-p', String(this.#port), '-U', '0', '-t', '1', ...asNobody];
    const env = { ...process.env, SASL_CONF_PATH: this.#folder, MEMCACHED_PORT_FILENAME: portFile };
    this.#process = spawn('memcached', [...own, ...this.#args], { env, stdio: 'ignore' });
    await this.#untilUp(portFile);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.kill('SIGKILL')) await once(child, 'exit');
  }

  /** It keeps its connections, and the kernel goes on accepting new ones for it, but it answers nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilUp(portFile: string): Promise<void> {
    const giveUpAt = Date.now() + START_DEADLINE_MS;
    for (;;) {
      if (this.#port === -1) this.#port = await readPort(portFile);
      if (this.#port !== -1 && (await accepts(this.#port))) return;
      if (Date.now() > giveUpAt) throw new Error('memcached did not start');
      await sleep(10);
    }
  }
}

async function writeUser(folder: string, user: Exclude<MemcachedOptions['user'], undefined>): Promise<void> {
  const database = join(folder, 'sasldb2');
  const [name = '', realm = ''] = user.username.split('@');
  const args = ['-p', '-c', '-a', 'memcached', '-f', database, '-u', realm, name];
  const { status, stderr } = spawnSync('saslpasswd2', args, { input: user.password, encoding: 'utf8' });
  if (status !== 0) throw new Error(`saslpasswd2 failed: ${stderr}`);
  await chmod(database, 0o644);
  await writeFile(join(folder, 'memcached.conf'), `mech_list: plain\nsasldb_path: ${database}\n`);
}

/** The file has a line such as `TCP INET: 40123`; -1 while it is not there. */
async function readPort(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return Number(/TCP INET: (\d+)/.exec(text)?.[1] ?? -1);
}
