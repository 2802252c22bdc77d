import type { CircuitBreaker, ServerConnection } from './circuit-breaker.ts';
import type { ServerAddress } from '../../domain/cache/servers/server-address.ts';

/** Longer than any operation may take. */
const RETIREMENT_MS = 2000;

/** The servers of a list that changes, each behind a circuit breaker of its own. */
export class ServerPool<Connection extends ServerConnection> {
  readonly #breakerTo: (address: ServerAddress) => CircuitBreaker<Connection>;
  readonly #retired = new Set<CircuitBreaker<Connection>>();
  /** By what they are called. */
  #servers = new Map<string, Member<Connection>>();
  #list: readonly CircuitBreaker<Connection>[] = [];
  #closed = false;

  /** @param breakerTo opens one for a server that is new */
  constructor(breakerTo: (address: ServerAddress) => CircuitBreaker<Connection>) {
    this.#breakerTo = breakerTo;
  }

  /** In the order of the list. */
  all(): readonly CircuitBreaker<Connection>[] {
    return this.#list;
  }

  /** The server with this address, which is added if the list does not have it. */
  at(address: ServerAddress): CircuitBreaker<Connection> {
    const known = this.#known(address);
    if (known !== undefined) return known.server;
    const added = this.#member(address);
    if (this.#closed) added.server.close();
    this.#set(new Map([...this.#servers, [address.text, added]]));
    return added.server;
  }

  /** From now on these are all. One that was there stays as it is; one that is gone ends what it has under way. */
  use(addresses: readonly ServerAddress[]): void {
    if (this.#closed) return;
    const before = this.#servers;
    const members = addresses.map((address) => this.#known(address) ?? this.#member(address));
    this.#set(new Map(members.map((member) => [member.address.text, member])));
    for (const [text, { server }] of before)
      if (this.#servers.get(text)?.server !== server) this.#retire(server);
  }

  /** Rejects what is under way on any of them. */
  close(): void {
    this.#closed = true;
    for (const server of [...this.#list, ...this.#retired]) server.close();
  }

  /** Not one that is called so, but has moved to another host. */
  #known({ text, host }: ServerAddress): Member<Connection> | undefined {
    const known = this.#servers.get(text);
    return known?.address.host === host ? known : undefined;
  }

  #member(address: ServerAddress): Member<Connection> {
    return { address, server: this.#breakerTo(address) };
  }

  #set(servers: Map<string, Member<Connection>>): void {
    this.#servers = servers;
    this.#list = Array.from(servers.values(), ({ server }) => server);
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

interface Member<Connection extends ServerConnection> {
  readonly address: ServerAddress;
  readonly server: CircuitBreaker<Connection>;
}
