import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { linked, tell } from './redis-cluster.ts';
import { RedisServer } from './redis.ts';
import { ServerProcess } from './server-process.ts';

const SENTINELS = 3;

/** A primary, its replica, and three sentinels that agree within a second or two when the primary is gone. */
export class SentinelledRedis implements AsyncDisposable {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly Sentinel[];
  readonly #held: AsyncDisposableStack;

  /** @param sentinelPassword what the sentinels demand */
  static async start(password?: string, sentinelPassword?: string): Promise<SentinelledRedis> {
    await using held = new AsyncDisposableStack();
    const login = password === undefined ? {} : { password };
    const settings = password === undefined ? [] : [`masterauth ${password}`];
    const primary = held.use(await RedisServer.start({ ...login, settings }));
    const follow = [...settings, `replicaof 127.0.0.1 ${primary.port}`];
    const replica = held.use(await RedisServer.start({ ...login, settings: follow }));
    await linked(replica);
    const sentinels: Sentinel[] = [];
    while (sentinels.length < SENTINELS) {
      sentinels.push(held.use(await Sentinel.start(primary.port, password, sentinelPassword)));
    }
    for (const sentinel of sentinels) {
      while (!(await sentinel.knowsAll())) await sleep(50);
    }
    return new SentinelledRedis({ primary, replica, sentinels }, held.move());
  }

  private constructor(
    { primary, replica, sentinels }: Pick<SentinelledRedis, 'primary' | 'replica' | 'sentinels'>,
    held: AsyncDisposableStack,
  ) {
    this.primary = primary;
    this.replica = replica;
    this.sentinels = sentinels;
    this.#held = held;
  }

  /** Without user and password, and without a database. */
  get hosts(): string {
    return `${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/mymaster`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

class Sentinel extends ServerProcess {
  readonly port: number;
  readonly cliArguments: readonly string[];

  static async start(primaryPort: number, password?: string, ownPassword?: string): Promise<Sentinel> {
    const folder = await mkdtemp(join(tmpdir(), 'sentinel-'));
    const port = await freePort();
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor mymaster 127.0.0.1 ${primaryPort} 2`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 3000',
      ...(password === undefined ? [] : [`sentinel auth-pass mymaster ${password}`]),
      ...(ownPassword === undefined ? [] : [`requirepass ${ownPassword}`]),
    ];
    await writeFile(join(folder, 'sentinel.conf'), `${lines.join('\n')}\n`);
    const sentinel = new Sentinel(folder, port, ownPassword);
    await sentinel.start();
    return sentinel;
  }

  private constructor(folder: string, port: number, password?: string) {
    const args = () => [join(folder, 'sentinel.conf'), '--sentinel'];
    super({ command: 'redis-server', args, port: () => Promise.resolve(port), folder });
    this.port = port;
    const login = password === undefined ? [] : ['--no-auth-warning', '-a', password];
    this.cliArguments = ['-p', String(port), ...login];
  }

  /** Whether it has found the replica and the other sentinels, without which there is no failover. */
  async knowsAll(): Promise<boolean> {
    const info = await tell(this, 'info', 'sentinel');
    return info.includes(`slaves=1,sentinels=${SENTINELS}`);
  }
}
