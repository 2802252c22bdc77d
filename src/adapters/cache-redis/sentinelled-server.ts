import { CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import type { ServerAddress } from '../../domain/cache/servers/server-address.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from '../../domain/cache/servers/redis-url.ts';
import { isRecoverable } from './redis-errors.ts';
import type { KeyServer, RedisServers, RedisServersOptions } from './redis-servers.ts';
import { Sentinels } from './sentinels.ts';

/** How long a primary may be used after another one has taken its place. */
const WATCH_MS = 1000;

/** The primary that sentinels know, and the next one once it has been replaced. */
export class SentinelledServer implements RedisServers {
  readonly #options: RedisServersOptions;
  readonly #sentinels: Sentinels;
  readonly #server: CircuitBreaker<Connection>;
  readonly #watch: NodeJS.Timeout;
  readonly #name: string;
  #primary: ServerAddress | undefined;
  #connection: Connection | undefined;

  constructor(options: RedisServersOptions, first: RedisPlace) {
    this.#options = options;
    this.#name = first.primaryName;
    this.#sentinels = new Sentinels(options, first);
    this.#server = new CircuitBreaker({
      program: 'redis',
      address: () => this.#primary?.text ?? `the primary ${first.primaryName}`,
      connect: (onEnd) => this.#connect(onEnd),
      isRecoverable,
      deadlines: options.deadlines,
    });
    this.#watch = setInterval(() => void this.#follow(), WATCH_MS).unref();
  }

  get description(): string {
    return `${this.#server.description}, by sentinels at ${this.#sentinels.description}`;
  }

  run<T>(_key: string, operation: (server: KeyServer) => Promise<T>): Promise<T> {
    return this.#server.run(operation);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#server.close();
    this.#sentinels.close();
  }

  #connect(onEnd: (reason: Error) => void): Connection {
    const { place, probeKey } = this.#options;
    const connection = new Connection({
      address: async () => {
        const login = await place();
        this.#sentinels.use(login);
        this.#primary = await this.#sentinels.primary();
        return { ...login, ...this.#primary };
      },
      probe: ({ commands }) => commands.get(probeKey),
      onEnd,
    });
    this.#connection = connection;
    return connection;
  }

  /** One that was replaced may go on answering for a while, with what is no longer true. */
  async #follow(): Promise<void> {
    const primary = await this.#sentinels.primary().catch(() => undefined);
    if (primary === undefined || this.#primary === undefined || primary.text === this.#primary.text) return;
    this.#connection?.end(new Error(`${primary.text} is the primary ${this.#name} now`));
  }
}
