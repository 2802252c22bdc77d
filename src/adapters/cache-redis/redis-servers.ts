import type { ServerDeadlines } from '../remote-server/circuit-breaker.ts';
import type { Commands } from './commands.ts';
import type { RedisPlace } from '../../domain/cache/servers/redis-url.ts';

/** The server of a key, whatever there is: one server, a cluster, or the primary that sentinels know. */
export interface RedisServers {
  /** For the log: `redis at host:port`. */
  readonly description: string;

  /**
   * Asks the server that keeps this key. Rejects with CacheUnavailableError, within the deadlines.
   */
  run<T>(key: string, operation: (server: KeyServer) => Promise<T>): Promise<T>;

  /** Rejects what is under way, and all that comes later. */
  close(): void;
}

export interface KeyServer {
  readonly commands: Commands;
  /**
   * What this run of the server as a primary is called: another one may begin with older data, from a snapshot or from
   * another server that was the primary meanwhile. Empty where the server does not say.
   */
  readonly runId: string;
  /** Asks for that name again: a server that gets or loses its replicas takes another one. */
  renewRunId(): Promise<string>;
}

export interface RedisServersOptions {
  /** Where they are, and how to log in; asked whenever a connection is opened. */
  readonly place: () => Promise<RedisPlace>;
  /** One that has no entry, and that the user may read. */
  readonly probeKey: string;
  readonly deadlines: ServerDeadlines;
}
