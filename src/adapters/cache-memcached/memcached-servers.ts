import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { type LinkDeadlines, ServerLink } from '../remote-server/server-link.ts';
import { Connection } from './connection.ts';
import { type MemcachedConnection, type ServerAddress, parseServers } from './memcached-connection.ts';
import { ranking } from './ranking.ts';

export interface MemcachedServersOptions {
  /** Asked whenever a connection is opened, and again every `lookAgainMs`. */
  readonly connection: () => Promise<MemcachedConnection>;
  /** Milliseconds from one look at the list of servers to the next. */
  readonly lookAgainMs: number;
  readonly deadlines: LinkDeadlines;
}

/** Longer than any operation may take. */
const RETIREMENT_MS = 2000;

/** The servers of a list that may change, with a link to each; knows which of them has a key. */
export class MemcachedServers {
  readonly #options: MemcachedServersOptions;
  #links: readonly ServerLink<Connection>[] = [];
  readonly #retired = new Set<ServerLink<Connection>>();
  #closed = false;
  #lookedAtMs = performance.now();

  /** Begins to connect to all of them. */
  constructor(options: MemcachedServersOptions, addresses: readonly ServerAddress[]) {
    this.#options = options;
    this.#use(addresses);
  }

  /** `host:port` of each, separated by commas. */
  get description(): string {
    return this.#links.map(({ address }) => address).join(', ');
  }

  /** The first in the key's order that is up has it. */
  linkFor(key: CacheKey): ServerLink<Connection> {
    const ranked = ranking(this.#links, key);
    const link = ranked.find(({ isUp }) => isUp) ?? ranked[0];
    if (link === undefined) throw new CacheUnavailableError('there is no memcached server');
    return link;
  }

  /**
   * Looks at the list if the last look was long ago: behind an operation, which does not wait for it. What cannot be
   * read now is looked at again later.
   */
  lookAgain(): void {
    const now = performance.now();
    if (now - this.#lookedAtMs < this.#options.lookAgainMs) return;
    this.#lookedAtMs = now;
    this.#connection().catch(() => undefined);
  }

  /** Rejects what is under way on any of them. */
  close(): void {
    this.#closed = true;
    for (const link of [...this.#links, ...this.#retired]) link.close();
  }

  async #connection(): Promise<MemcachedConnection> {
    const connection = await this.#options.connection();
    if (!this.#closed) this.#use(parseServers(connection.servers));
    return connection;
  }

  #use(addresses: readonly ServerAddress[]): void {
    const before = new Map(this.#links.map((link) => [link.address, link]));
    this.#links = addresses.map((address) => before.get(address.text) ?? this.#linkTo(address));
    for (const link of before.values()) if (!this.#links.includes(link)) this.#retire(link);
  }

  /** Closed once what is under way on it has ended. */
  #retire(link: ServerLink<Connection>): void {
    this.#retired.add(link);
    const close = () => {
      link.close();
      this.#retired.delete(link);
    };
    setTimeout(close, RETIREMENT_MS).unref();
  }

  #linkTo(address: ServerAddress): ServerLink<Connection> {
    return new ServerLink({
      program: 'memcached',
      address: () => address.text,
      connect: (onEnd) => new Connection({ address, credentials: () => this.#connection(), onEnd }),
      deadlines: this.#options.deadlines,
    });
  }
}
