import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const CONFIGURATION = new URL('../../deploy/compose/haproxy.cfg', import.meta.url).pathname;

export const hasHaproxy = spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).error === undefined;

/** What haproxy says of its configuration, were it started with it; empty where all is well. */
export function configurationFaults(environment: Record<string, string>): string {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', CONFIGURATION], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  return status === 0 && !/WARNING|ALERT/.test(stderr) ? '' : stderr;
}

/** HAProxy on loopback with the compose file's own configuration. */
export class LoadBalancer implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #wake = Promise.withResolvers<undefined>();

  static async start(tasks: readonly [string, string, string], checkInterval: string): Promise<LoadBalancer> {
    const address = `127.0.0.1:${await freePort()}`;
    const [TASK_1, TASK_2, TASK_3] = tasks;
    const environment = { LISTEN: address, CHECK_INTERVAL: checkInterval, TASK_1, TASK_2, TASK_3 };
    const balancer = new LoadBalancer(address, environment);
    await balancer.#listening();
    return balancer;
  }

  private constructor(address: string, environment: Record<string, string>) {
    this.url = `http://${address}`;
    const env = { ...process.env, ...environment };
    this.#process = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake.resolve(undefined);
    });
  }

  /** Resolves when the log has said `event` of the task; what it said before an earlier call is not looked at again. */
  async saw(task: string, event: 'UP' | 'DOWN'): Promise<void> {
    for (;;) {
      const at = this.#lines.findIndex((line) => line.includes(`Server tasks/${task} is ${event}`));
      if (at !== -1) {
        this.#lines.splice(0, at + 1);
        return;
      }
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    if (this.#process.kill()) await ended;
  }

  async #listening(): Promise<void> {
    while (this.#process.exitCode === null) {
      const response = await fetch(`${this.url}/readyz`).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.ok) return;
    }
    throw new Error('haproxy did not start');
  }
}

/** Below the ports that outgoing connections are given, so that it is still free when a task starts again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
