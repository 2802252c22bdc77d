import { type ServerAddress, parseServerAddress } from './server-address.ts';

/** How one Redis server is reached, and how to log in there. */
export interface RedisAddress extends ServerAddress, Login {
  readonly tls: boolean;
  /** The number given to SELECT. */
  readonly database: number;
}

export interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** What REDIS_URL says: one server, some nodes of a cluster, or the sentinels that watch a primary. */
export interface RedisPlace extends Login {
  readonly kind: 'server' | 'cluster' | 'sentinel';
  /** Where to begin: the server itself, nodes, or sentinels; at least one. */
  readonly servers: readonly [ServerAddress, ...ServerAddress[]];
  readonly tls: boolean;
  readonly database: number;
  /** What the sentinels call the primary; empty elsewhere. */
  readonly primaryName: string;
}

const FORMS = {
  server: 'redis://user:password@host:port/database',
  cluster: 'redis+cluster://user:password@host:port,host:port',
  sentinel: 'redis+sentinel://user:password@host:port,host:port/name/database',
};
const DEFAULT_PORTS = { server: 6379, cluster: 6379, sentinel: 26379 };

/** Scheme, user-info, hosts, path. A password may contain an `@` that nobody encoded. */
const URL_FORM = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^/]*)@)?([^/@?#]+)(?:\/([^?#]*))?$/i;
/** What the path says: the primary's name, if there is one, and the database. */
const PATHS = {
  server: /^()(\d{0,4})$/,
  cluster: /^()(0?)$/,
  sentinel: /^([^/]+?)(?:\/(\d{0,4}))?$/,
};

/**
 * Reads `redis://user:password@host:port/database`, of which the host alone is needed, or one of the forms for clusters
 * and sentinels; `rediss` in place of `redis` is TLS. The fault in one that is none is described without quoting it, for
 * it may hold a password.
 */
export function parseRedisUrl(text: string): RedisPlace {
  const [, secure = '', scheme = 'server', userInfo = '', hosts = '', path = ''] = URL_FORM.exec(text) ?? [];
  const kind = scheme.toLowerCase() as RedisPlace['kind'];
  const [, primaryName, database = ''] = PATHS[kind].exec(path) ?? [];
  const [server, ...others] = hosts.split(',').map((host) => parseServerAddress(host, DEFAULT_PORTS[kind]));
  const isOne = kind !== 'server' || others.length === 0;
  if (primaryName === undefined || server === undefined || !isOne || !others.every(isKnown)) {
    throw new Error(
      `the address of the Redis server is not of the form ${FORMS[kind]}, or rediss for TLS, without a query`,
    );
  }
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(userInfo) ?? [];
  return {
    kind,
    servers: [server, ...others],
    tls: secure !== '',
    username: decoded(username),
    password: decoded(password),
    database: Number(database),
    primaryName: decoded(primaryName) ?? '',
  };
}

function isKnown(address: ServerAddress | undefined): address is ServerAddress {
  return address !== undefined;
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
