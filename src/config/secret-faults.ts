import { parseSigningKeys } from '../domain/access/signature.ts';
import { parseSourceHeaders } from '../domain/access/source-headers.ts';
import { parseMemcachedServers } from '../domain/cache/servers/memcached-list.ts';
import { parseRedisUrl } from '../domain/cache/servers/redis-url.ts';
import type { SecretName, Secrets } from '../ports/secret-source.ts';

/** What the service needs of its secrets. */
export interface SecretNeeds {
  /** What THUMBNAIL_CACHE names, if it is set. */
  readonly caches: readonly unknown[];
  /** SIGNATURES. */
  readonly signatures: string;
}

interface Fault {
  readonly name: SecretName;
  readonly text: string;
}

/**
 * What is wrong with secrets, wherever they come from: one line for each, none of which quotes a secret.
 *
 * @param nameOf what a person sets a secret by
 */
export function secretFaults(
  secrets: Secrets,
  needs: SecretNeeds,
  nameOf: (name: SecretName) => string,
): string[] {
  const faults = [...missing(secrets, needs, nameOf), ...malformed(secrets), ...halves(secrets, nameOf)];
  return faults.map(({ name, text }) => `${nameOf(name)}: ${text}`);
}

function missing(
  secrets: Secrets,
  { caches, signatures }: SecretNeeds,
  nameOf: (name: SecretName) => string,
): Fault[] {
  const needed: readonly (readonly [SecretName, boolean, string])[] = [
    ['memcachier-server', caches.includes('memcached'), 'THUMBNAIL_CACHE names memcached'],
    ['redis-url', caches.includes('redis'), 'THUMBNAIL_CACHE names redis'],
    ['signing-keys', signatures === 'required', 'SIGNATURES is required'],
  ];
  return needed
    .filter(([name, isNeeded]) => isNeeded && secrets[name] === undefined)
    .map(([name, , why]) => ({ name, text: `not set, but ${why}; set ${nameOf(name)}` }));
}

const PARSERS: Readonly<Partial<Record<SecretName, (text: string) => unknown>>> = {
  'memcachier-server': parseMemcachedServers,
  'redis-url': (url) => {
    const { username, password } = parseRedisUrl(url);
    if (username !== undefined && password === undefined) throw new Error('it has a user, but no password');
  },
  'signing-keys': parseSigningKeys,
  'source-headers': parseSourceHeaders,
};

/** The parsers say what is wrong without quoting it. */
function malformed(secrets: Secrets): Fault[] {
  return (Object.keys(PARSERS) as SecretName[]).flatMap((name) => {
    const text = secrets[name];
    if (text === undefined) return [];
    try {
      PARSERS[name]?.(text);
      return [];
    } catch (error) {
      return [{ name, text: (error as Error).message }];
    }
  });
}

function halves(secrets: Secrets, nameOf: (name: SecretName) => string): Fault[] {
  const [user, password] = ['memcachier-username', 'memcachier-password'] as const;
  if ((secrets[user] === undefined) === (secrets[password] === undefined)) return [];
  const [given, name] =
    secrets[user] === undefined ? ([password, user] as const) : ([user, password] as const);
  return [{ name, text: `not set, but ${nameOf(given)} is; a login needs both` }];
}
