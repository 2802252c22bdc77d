import { CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from '../../domain/cache/servers/redis-url.ts';
import { isRecoverable } from './redis-errors.ts';
import type { KeyServer, RedisServers, RedisServersOptions } from './redis-servers.ts';

/** A server at an address, which may become another one. */
export class SingleServer implements RedisServers {
  readonly #server: CircuitBreaker<Connection>;

  constructor({ place, probeKey, deadlines }: RedisServersOptions, first: RedisPlace) {
    let [address] = first.servers;
    this.#server = new CircuitBreaker({
      program: 'redis',
      address: () => address.text,
      connect: (onEnd) =>
        new Connection({
          address: async () => {
            const now = await place();
            [address] = now.servers;
            return { ...now, ...address };
          },
          probe: ({ commands }) => commands.get(probeKey),
          onEnd,
        }),
      isRecoverable,
      deadlines,
    });
  }

  get description(): string {
    return this.#server.description;
  }

  run<T>(_key: string, operation: (server: KeyServer) => Promise<T>): Promise<T> {
    return this.#server.run(operation);
  }

  close(): void {
    this.#server.close();
  }
}
