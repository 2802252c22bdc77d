/** Where a Redis is, and how to log in there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number given to SELECT. */
  readonly database: number;
  /** `host:port`: what names the server in messages. */
  readonly text: string;
}

const DEFAULT_PORT = 6379;
const FORM = 'redis://user:password@host:port/database, or rediss:// for TLS, without a query';

/**
 * Reads a URL of the form `redis://user:password@host:port/database` or `rediss://…`, of which the host alone is
 * needed. The fault in one that is none is described without quoting it, for it may hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.parse(text);
  const [, database] = /^\/?(\d{0,4})$/.exec(url?.pathname ?? '-') ?? [];
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  if (
    url === null ||
    !isRedis ||
    url.hostname === '' ||
    database === undefined ||
    url.search + url.hash !== ''
  ) {
    throw new Error(`the address of the Redis server is not of the form ${FORM}`);
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  if (port === 0) throw new Error('the port of the Redis server is 0');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    tls: url.protocol === 'rediss:',
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database),
    text: `${url.hostname.toLowerCase()}:${port}`,
  };
}

/** A password with a bare `%` in it, which nobody encoded, is taken as it is. */
function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
