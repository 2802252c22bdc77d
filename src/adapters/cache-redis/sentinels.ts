import { CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { type ServerAddress, serverAt } from '../../domain/cache/servers/server-address.ts';
import { ServerPool } from '../remote-server/server-pool.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from '../../domain/cache/servers/redis-url.ts';
import { isRecoverable } from './redis-errors.ts';
import type { RedisServersOptions } from './redis-servers.ts';

/** The sentinels of a primary, each behind a circuit breaker. */
export class Sentinels {
  readonly #options: RedisServersOptions;
  readonly #name: string;
  readonly #sentinels = new ServerPool((address: ServerAddress) => this.#breakerTo(address));

  constructor(options: RedisServersOptions, { servers, primaryName }: RedisPlace) {
    this.#options = options;
    this.#name = primaryName;
    this.#sentinels.use(servers);
  }

  /** `host:port` of each, separated by commas. */
  get description(): string {
    return this.#sentinels
      .all()
      .map(({ address }) => address)
      .join(', ');
  }

  /** From now on these are asked. */
  use({ servers }: RedisPlace): void {
    this.#sentinels.use(servers);
  }

  /**
   * The primary as most of the sentinels that answer know it: one that has lost the others may still know an old one.
   *
   * @throws Error where none of them knows it
   */
  async primary(): Promise<ServerAddress> {
    const answers = await Promise.allSettled(
      this.#sentinels.all().map((sentinel) => sentinel.run((connection) => this.#ask(connection))),
    );
    const known = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const votes = (address: ServerAddress) => known.filter(({ text }) => text === address.text).length;
    const [first] = known.toSorted((a, b) => votes(b) - votes(a));
    if (first !== undefined) return first;
    const [failure] = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as Error] : [],
    );
    throw new Error(`no sentinel knows the primary ${this.#name}: ${failure?.message ?? 'there is none'}`);
  }

  close(): void {
    this.#sentinels.close();
  }

  async #ask(connection: Connection): Promise<ServerAddress> {
    const reply: unknown = await connection.request((client) =>
      client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#name),
    );
    const [host, port] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
    if (typeof host !== 'string' || !/^\d{1,5}$/.test(String(port)))
      throw new Error(`it knows no primary ${this.#name}`);
    return serverAt(host, Number(port));
  }

  #breakerTo(sentinel: ServerAddress): CircuitBreaker<Connection> {
    const { place, deadlines } = this.#options;
    return new CircuitBreaker({
      program: 'sentinel',
      address: () => sentinel.text,
      connect: (onEnd) =>
        new Connection({
          address: async () => ({ ...(await place()), ...sentinel, database: 0 }),
          probe: (connection) => this.#ask(connection),
          mayList: true,
          logsInIfAsked: true,
          onEnd,
        }),
      isRecoverable,
      deadlines,
    });
  }
}
