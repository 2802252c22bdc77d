import { parseSigningKeys } from '../domain/access/signature.ts';
import { formatDuration } from '../domain/errors/units.ts';
import type { Values } from './variables.ts';

type Name = keyof Values;
type Rule = (values: Values, isSet: (name: Name) => boolean) => string | false | undefined;

/** Durations of which the first may not be longer than the second. */
const ORDERED: readonly (readonly [shorter: Name, longer: Name])[] = [
  ['CACHE_TTL_MIN', 'CACHE_TTL'],
  ['CACHE_TTL', 'CACHE_TTL_MAX'],
  ['CACHE_TTL_MIN', 'CACHE_TTL_MAX'],
];

/** What does not go together. A default gives way to what is set, so only what is set can contradict. */
const RULES: readonly Rule[] = [
  ...ORDERED.map(([shorter, longer]): Rule => {
    return (values, isSet) => {
      const [low, high] = [values[shorter] as number, values[longer] as number];
      if (!isSet(shorter) || !isSet(longer) || low <= high) return false;
      return `${shorter}: ${formatDuration(low)} are more than ${longer} allows, ${formatDuration(high)}`;
    };
  }),
  ({ THUMBNAIL_SIZES: sizes, MAX_THUMBNAIL_SIZE: max }) => {
    const largest = Math.max(...sizes);
    return largest > max && `THUMBNAIL_SIZES: ${largest} is more than MAX_THUMBNAIL_SIZE allows, ${max}`;
  },
  ({ DRAIN_DELAY: drainMs, SHUTDOWN_TIMEOUT: allMs }) =>
    drainMs > allMs &&
    `DRAIN_DELAY: ${formatDuration(drainMs)} are a part of SHUTDOWN_TIMEOUT, which is ${formatDuration(allMs)}`,
  ({ DOWNLOADS_PER_HOST: ofOne = 0, DOWNLOAD_CONCURRENCY: ofAll }) =>
    ofOne > ofAll && `DOWNLOADS_PER_HOST: ${ofOne} are more than DOWNLOAD_CONCURRENCY allows, ${ofAll}`,
  ({ PORT: port, METRICS_PORT: metricsPort }) =>
    port !== 0 && port === metricsPort && `METRICS_PORT: ${port} is PORT too; give it another`,
  ({ SECRET_SOURCE: source, MEMCACHIER_USERNAME: user, MEMCACHIER_PASSWORD: password }) => {
    if (source !== 'env' || (user === undefined) === (password === undefined)) return false;
    const [given, missing] = user === undefined ? ['PASSWORD', 'USERNAME'] : ['USERNAME', 'PASSWORD'];
    return `MEMCACHIER_${missing}: not set, but MEMCACHIER_${given} is; a login needs both`;
  },
  ({ FALLBACK_IMAGE: image }, isSet) =>
    isSet('FALLBACK_STATUS') &&
    image === undefined &&
    'FALLBACK_STATUS: there is no FALLBACK_IMAGE to be sent with it',
  ({ THUMBNAIL_CACHE: tiers = [] }) => {
    if (tiers.includes('none') && tiers.length > 1) return 'THUMBNAIL_CACHE: none stands alone';
    return tiers.indexOf('memory') > 0 && 'THUMBNAIL_CACHE: memory is the nearest cache and stands first';
  },
  ({ THUMBNAIL_CACHE: tiers = [], DISK_CACHE_PATH: path }) =>
    tiers.includes('disk') &&
    path === undefined &&
    'DISK_CACHE_PATH: THUMBNAIL_CACHE names disk; set its folder',
  ({ THUMBNAIL_CACHE: tiers = [], S3_CACHE: place }) =>
    tiers.includes('s3') &&
    place === undefined &&
    'S3_CACHE: THUMBNAIL_CACHE names s3; set s3://bucket/prefix/',
];

/** Of secrets that come from the environment, none of which is quoted. */
const SECRETS: readonly Rule[] = [
  ({ REDIS_URL: url }) =>
    url !== undefined &&
    !isRedisUrl(url) &&
    'REDIS_URL: expected redis://user:password@host:port/database, or rediss:// for TLS',
  ({ REDIS_URL: url = '' }) =>
    /^[a-z+]+:\/\/[^:@/]+@/.test(url) && 'REDIS_URL: it has a user, but no password',
  ...(['MEMCACHIER_SERVER', 'MEMCACHIER_SERVERS'] as const).map((name): Rule => {
    return ({ [name]: servers }) =>
      servers !== undefined &&
      !areServers(servers) &&
      `${name}: expected host:port, several separated by commas`;
  }),
  ({ SIGNING_KEYS: keys }) => {
    try {
      if (keys !== undefined) parseSigningKeys(keys);
      return undefined;
    } catch (error) {
      return `SIGNING_KEYS: ${(error as Error).message}`;
    }
  },
];

/** With user and password, which may hold anything, ahead of its servers, and a name or number behind them. */
function isRedisUrl(url: string): boolean {
  const [, place = ''] = /^rediss?(?:\+cluster|\+sentinel)?:\/\/([^\s/?]+)/i.exec(url) ?? [];
  return areServers(place.slice(place.lastIndexOf('@') + 1));
}

/** Host names or addresses, with or without ports, of which the first is there. */
function areServers(list: string): boolean {
  const [first = '', ...others] = list.split(',').map((server) => server.trim());
  return [first, ...others.filter((server) => server !== '')].every((server) => {
    const parts = HOST_AND_PORT.exec(server);
    return parts !== null && isPort(Number(parts[1] ?? ANY_PORT));
  });
}

const HOST_AND_PORT = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;
const ANY_PORT = 1;

function isPort(port: number): boolean {
  return port > 0 && port <= 65_535;
}

/** One line for each contradiction. */
export function contradictionsIn(values: Values, isSet: (name: Name) => boolean): string[] {
  const rules = values.SECRET_SOURCE === 'env' ? [...RULES, ...SECRETS] : RULES;
  return rules.map((rule) => rule(values, isSet)).filter((fault) => typeof fault === 'string');
}
