import { Redis } from 'ioredis';
import { readableError } from './redis-errors.ts';
import type { RedisAddress } from '../../domain/cache/servers/redis-url.ts';
import { ReplyChecker } from './reply-checker.ts';

export interface ClientOptions extends Pick<RedisAddress, 'host' | 'port' | 'tls'> {
  /** Whether a reply may be a list. */
  readonly mayList: boolean;
  /** How many commands it has been given. */
  readonly askedCount: () => number;
  /** Called with the reason when the connection has come to its end or has to; more than once, maybe. */
  readonly onEnd: (reason: Error) => void;
}

/**
 * ioredis neither waits, nor connects again, nor logs in: each of these is done here, where it has a deadline and a
 * password cannot get into an error or onto the console.
 */
const CLIENT_SETTINGS = {
  lazyConnect: true,
  protocol: 2,
  connectTimeout: 0,
  disconnectTimeout: 0,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: () => null,
} as const;

/** An ioredis client for one connection, which it does not open by itself. */
export function createClient({ host, port, tls, mayList, askedCount, onEnd }: ClientOptions): Redis {
  const client = new Redis({ host, port, ...(tls && { tls: {} }), ...CLIENT_SETTINGS });
  client.on('error', (error: Error) => onEnd(readableError(error)));
  client.on('close', () => onEnd(new Error('the server closed the connection')));
  client.on('connect', () => guard(client, new ReplyChecker({ mayList, askedCount }), onEnd));
  return client;
}

/** Nothing gets to ioredis that cannot be a reply. A socket hands on by `push` what it has received. */
function guard({ stream }: Redis, checker: ReplyChecker, onEnd: ClientOptions['onEnd']): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: Buffer | null) => {
    try {
      if (chunk !== null) checker.check(chunk);
    } catch (error) {
      onEnd(error as Error);
      return false;
    }
    return push(chunk);
  };
}
