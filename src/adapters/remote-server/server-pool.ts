import type { CircuitBreaker, ServerConnection } from './circuit-breaker.ts';

/** What names a server: `host:port`. */
interface Named {
  readonly text: string;
}

/** Longer than any operation may take. */
const RETIREMENT_MS = 2000;

/** The servers of a list that changes, each behind a circuit breaker of its own. */
export class ServerPool<Address extends Named, Connection extends ServerConnection> {
  readonly #breakerTo: (address: Address) => CircuitBreaker<Connection>;
  readonly #retired = new Set<CircuitBreaker<Connection>>();
  #servers = new Map<string, CircuitBreaker<Connection>>();
  #list: readonly CircuitBreaker<Connection>[] = [];
  #closed = false;

  /** @param breakerTo opens one for a server that is new */
  constructor(breakerTo: (address: Address) => CircuitBreaker<Connection>) {
    this.#breakerTo = breakerTo;
  }

  /** In the order of the list. */
  all(): readonly CircuitBreaker<Connection>[] {
    return this.#list;
  }

  /** The server with this address, which is added if the list does not have it. */
  at(address: Address): CircuitBreaker<Connection> {
    const known = this.#servers.get(address.text);
    if (known !== undefined) return known;
    const added = this.#breakerTo(address);
    if (this.#closed) added.close();
    this.#set(new Map([...this.#servers, [address.text, added]]));
    return added;
  }

  /** From now on these are all. One that was there stays as it is; one that is gone ends what it has under way. */
  use(addresses: readonly Address[]): void {
    if (this.#closed) return;
    const before = this.#servers;
    this.#set(
      new Map(
        addresses.map((address) => [address.text, before.get(address.text) ?? this.#breakerTo(address)]),
      ),
    );
    for (const [text, server] of before) if (!this.#servers.has(text)) this.#retire(server);
  }

  /** Rejects what is under way on any of them. */
  close(): void {
    this.#closed = true;
    for (const server of [...this.#list, ...this.#retired]) server.close();
  }

  #set(servers: Map<string, CircuitBreaker<Connection>>): void {
    this.#servers = servers;
    this.#list = [...servers.values()];
  }

  /** Closed once what is under way on it has ended. */
  #retire(server: CircuitBreaker<Connection>): void {
    this.#retired.add(server);
    const close = () => {
      server.close();
      this.#retired.delete(server);
    };
    setTimeout(close, RETIREMENT_MS).unref();
  }
}
