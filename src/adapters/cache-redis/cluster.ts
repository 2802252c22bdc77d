import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { type ServerAddress, serverAt } from '../../domain/cache/servers/server-address.ts';
import { ServerPool } from '../remote-server/server-pool.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from '../../domain/cache/servers/redis-url.ts';
import { slotOf } from './key-slot.ts';
import { isRecoverable, redirectionOf } from './redis-errors.ts';
import type { KeyServer, RedisServers, RedisServersOptions } from './redis-servers.ts';
import { SlotMap } from './slot-map.ts';

/** While all is well; an error has the map read sooner. */
const REFRESH_MS = 10_000;
const REFRESH_AFTER_ERROR_MS = 500;
/** Nodes that are asked for the map at once: any of them may be down, or know an old one. */
const ASKED_AT_ONCE = 3;

/**
 * The nodes of a Redis Cluster, each behind a circuit breaker of its own: one that is lost costs its own keys, until the
 * cluster has another node for them. A server's run is that of a node, so a slot that moves loses what was published in it.
 */
export class RedisCluster implements RedisServers {
  readonly #options: RedisServersOptions;
  readonly #nodes = new ServerPool((address: ServerAddress) => this.#breakerTo(address));
  #seeds: readonly ServerAddress[];
  #map: SlotMap | undefined;
  #refreshing: Promise<void>;
  #refreshedAtMs = performance.now();
  #failure: Error | undefined;
  #closed = false;

  constructor(options: RedisServersOptions, { servers }: RedisPlace) {
    this.#options = options;
    this.#seeds = servers;
    this.#nodes.use(servers);
    this.#refreshing = this.#refresh();
  }

  get description(): string {
    return `redis cluster at ${this.#seeds.map(({ text }) => text).join(', ')}`;
  }

  async run<T>(key: string, operation: (server: KeyServer) => Promise<T>): Promise<T> {
    if (this.#map === undefined && this.#failure === undefined) await this.#refreshing;
    this.#refreshIfOlderThan(this.#failure === undefined ? REFRESH_MS : REFRESH_AFTER_ERROR_MS);
    const node = this.#map?.at(slotOf(key));
    if (node === undefined)
      throw this.#unavailable(this.#failure ?? new Error('no node has the slot of the key'));
    try {
      return await this.#nodes.at(node).run(operation);
    } catch (error) {
      this.#refreshIfOlderThan(REFRESH_AFTER_ERROR_MS);
      return this.#redirected(node, error as Error, operation);
    }
  }

  close(): void {
    this.#closed = true;
    this.#failure = new Error('the cache was closed');
    this.#nodes.close();
  }

  /** Asks the node to which the first one has sent us, once. */
  async #redirected<T>(
    from: ServerAddress,
    error: Error,
    operation: (server: KeyServer) => Promise<T>,
  ): Promise<T> {
    const redirection = redirectionOf(error.cause);
    if (redirection === undefined) throw error;
    const { isForGood, slot, host, port } = redirection;
    const to = serverAt(host === '' ? from.host : host, port);
    if (isForGood) this.#map?.move(slot, to);
    return this.#nodes.at(to).run((connection) => operation(isForGood ? connection : asking(connection)));
  }

  #refreshIfOlderThan(ms: number): void {
    if (this.#closed || performance.now() - this.#refreshedAtMs < ms) return;
    this.#refreshing = this.#refresh();
  }

  /** Never rejects. */
  async #refresh(): Promise<void> {
    this.#refreshedAtMs = performance.now();
    try {
      const { servers } = await this.#options.place();
      this.#seeds = servers;
      const asked = this.#failure === undefined && this.#map !== undefined ? this.#map.nodes : servers;
      const map = await Promise.any(someOf(asked).map((node) => this.#ask(node)));
      this.#map = map;
      this.#nodes.use(map.nodes);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error);
    }
  }

  async #ask(node: ServerAddress): Promise<SlotMap> {
    return this.#nodes.at(node).run(async (connection) => {
      const reply: unknown = await connection.request((client) => client.cluster('SLOTS'));
      return SlotMap.from(reply, node.host);
    });
  }

  #breakerTo(node: ServerAddress): CircuitBreaker<Connection> {
    const { place, probeKey, deadlines } = this.#options;
    return new CircuitBreaker({
      program: 'redis',
      address: () => node.text,
      connect: (onEnd) =>
        new Connection({
          address: async () => ({ ...(await place()), ...node, database: 0 }),
          // That another node has it is an answer, too.
          probe: ({ commands }) => commands.get(probeKey).catch(throwUnlessRedirected),
          mayList: true,
          onEnd,
        }),
      isRecoverable,
      deadlines,
    });
  }

  #unavailable(cause: Error): CacheUnavailableError {
    return new CacheUnavailableError(`${this.description}: ${cause.message}`, { cause });
  }
}

function asking(connection: Connection): KeyServer {
  const { askingCommands: commands, runId } = connection;
  return { commands, runId, renewRunId: () => connection.renewRunId() };
}

function throwUnlessRedirected(error: unknown): undefined {
  if (redirectionOf(error) === undefined) throw error;
  return undefined;
}

/** In another order each time. */
function someOf(nodes: readonly ServerAddress[]): readonly ServerAddress[] {
  return nodes
    .map((node) => ({ node, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, ASKED_AT_ONCE)
    .map(({ node }) => node);
}
