import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { type RedisOptions, RedisServer } from './redis.ts';

/** The slots of three primaries. */
const RANGES = [
  ['0', '5460'],
  ['5461', '10922'],
  ['10923', '16383'],
] as const;
const NODE_TIMEOUT_MS = 500;
/** By their names, for which there are certificates. */
const TLS_SETTINGS = [
  'tls-cluster yes',
  'tls-replication yes',
  'cluster-announce-hostname localhost',
  'cluster-preferred-endpoint-type hostname',
];

/** What somebody says to a server, by redis-cli. */
export async function tell(
  { cliArguments }: Pick<RedisServer, 'cliArguments'>,
  ...words: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', [...cliArguments, ...words]);
  if (/^\(?(ERR|NOAUTH|NOPERM)/.test(stdout)) throw new Error(`${words.join(' ')}: ${stdout}`);
  return stdout.trim();
}

/** Resolves when this replica has what its primary has. */
export async function linked(replica: RedisServer): Promise<void> {
  while (!(await tell(replica, 'info', 'replication')).includes('master_link_status:up')) await sleep(50);
}

/** A Redis Cluster on loopback: three primaries, and as many replicas of the first as are wanted. */
export class RedisCluster implements AsyncDisposable {
  readonly primaries: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];

  static async start({ replicas = 0, ...options }: RedisOptions & { readonly replicas?: number } = {}) {
    await using held = new AsyncDisposableStack();
    const servers: RedisServer[] = [];
    const busPorts: number[] = [];
    while (servers.length < RANGES.length + replicas) {
      const busPort = await freePort();
      servers.push(
        held.use(await RedisServer.start({ ...options, settings: nodeSettings(busPort, options) })),
      );
      busPorts.push(busPort);
    }
    const cluster = new RedisCluster(servers, held.move());
    await cluster.#join(busPorts).catch(async (error: unknown) => {
      await cluster[Symbol.asyncDispose]();
      throw error;
    });
    return cluster;
  }

  readonly #held: AsyncDisposableStack;

  private constructor(servers: readonly RedisServer[], held: AsyncDisposableStack) {
    this.primaries = servers.slice(0, RANGES.length);
    this.replicas = servers.slice(RANGES.length);
    this.#held = held;
  }

  /** Of all primaries, without a login and without TLS. */
  get url(): string {
    return `redis+cluster://${this.hostsAt('127.0.0.1')}`;
  }

  /** All primaries by this name of theirs. */
  hostsAt(name: string): string {
    return this.primaries.map(({ port }) => `${name}:${port}`).join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  async #join(busPorts: readonly number[]): Promise<void> {
    const [first] = this.primaries;
    if (first === undefined) return;
    for (const [at, server] of this.primaries.entries()) {
      await tell(server, 'cluster', 'addslotsrange', ...(RANGES[at] ?? []));
    }
    for (const [at, { port }] of [...this.primaries, ...this.replicas].entries()) {
      if (at > 0) await tell(first, 'cluster', 'meet', '127.0.0.1', String(port), String(busPorts[at]));
    }
    const firstId = await tell(first, 'cluster', 'myid');
    for (const replica of this.replicas) {
      while (!(await tell(replica, 'cluster', 'nodes')).includes(firstId)) await sleep(20);
      await tell(replica, 'cluster', 'replicate', firstId);
      await linked(replica);
    }
    for (const server of this.primaries) {
      while (!(await this.#isWhole(server))) await sleep(20);
    }
  }

  async #isWhole(server: RedisServer): Promise<boolean> {
    const info = await tell(server, 'cluster', 'info');
    const known = this.primaries.length + this.replicas.length;
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${known}`);
  }
}

function nodeSettings(busPort: number, { certificate, password }: RedisOptions): string[] {
  return [
    'cluster-enabled yes',
    `cluster-port ${busPort}`,
    `cluster-node-timeout ${NODE_TIMEOUT_MS}`,
    'cluster-require-full-coverage no',
    ...(password === undefined ? [] : [`masterauth ${password}`]),
    ...(certificate === undefined ? [] : TLS_SETTINGS),
  ];
}
