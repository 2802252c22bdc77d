import { CACHE_KINDS, VARIABLES, type Values } from './variables.ts';

/** What begins like this, and is none of ours, is one of ours misspelt: other programs have no such variables. */
const BEGINNINGS =
  /^(THUMBNAIL|MEMCACHIER|MEMCACHED_(TLS|DISC)|MEMORY_(CACHE|BUDG)|CACHE_(TTL|NAMESP)|S3_(CACHE|ENDP|FORCE)|ALLOWED_(HOST|SOURCE|ORIGIN|PRIVATE)|MAX_(SOURCE|THUMBNAIL|ANIMATION|URL_|REDIRECT)|STALE_IF|SIGNING_KEY|SIGNATURE|DOWNLOADS?_|DECODE|RESIZE_|DISK_CACHE|KEPT_SOURCES|INPUT_FORMAT|LENIENT_|FALLBACK_(IMAGE|STATUS)|SHUTDOWN_T|DRAIN_D|METRICS_P|PARTIAL_D|QUEUE_(LIMIT|TIMEOUT)|TRUSTED_PROX|SOURCE_(BASE|HEADER|TIMEOUT)|IMAGE_(FETCH|RESIZ)|DNS_SERVER|SECRET_SOURCE|SSM_PREF)/;

/** What Kubernetes adds for each Service of a namespace, such as one named thumbnailer, unless a pod wants none of it. */
const OF_A_SERVICE = /_SERVICE_(HOST|PORT\w*)$|_PORT_\d+_(TCP|UDP|SCTP)\w*$/;

const PARTIAL_PURGE =
  'WORKERS share no cache, so a purge reaches only one of them; let THUMBNAIL_CACHE end with one that they share, such as disk';

/** What an operator should know of settings that are valid, one sentence each. */
export function warningsOf(environment: Readonly<NodeJS.ProcessEnv>, values: Values): string[] {
  const unknown = Object.keys(environment).filter((name) => isMisspelt(name, environment[name] ?? ''));
  return [
    ...unknown.sort().map((name) => `${name} is no variable of this service; it has no effect`),
    ...idlePlaces(values).map(
      ([name, cache]) => `${name} has no effect: THUMBNAIL_CACHE does not name ${cache}`,
    ),
    ...(isPurgePartial(values) ? [PARTIAL_PURGE] : []),
  ];
}

function isMisspelt(name: string, value: string): boolean {
  const isOfAService = OF_A_SERVICE.test(name) || /^(tcp|udp|sctp):\/\//.test(value);
  return BEGINNINGS.test(name) && !(name in VARIABLES) && !isOfAService;
}

/** Where a cache is, and which one. */
const PLACES = [
  ['REDIS_URL', 'redis'],
  ['DISK_CACHE_PATH', 'disk'],
  ['S3_CACHE', 's3'],
] as const;

/** Of caches that are not chosen. A module of somebody else's may use any of them. */
function idlePlaces({ THUMBNAIL_CACHE: caches = [], ...values }: Values) {
  if (!caches.every((cache) => CACHE_KINDS.some((kind) => kind === cache))) return [];
  return PLACES.filter(([name, cache]) => values[name] !== undefined && !caches.includes(cache));
}

/** Whether purges, which need a key, meet workers that have nothing but their own memory. */
function isPurgePartial({ WORKERS, SECRET_SOURCE, SIGNING_KEYS, ...values }: Values): boolean {
  if (WORKERS === 1 || SECRET_SOURCE !== 'env' || SIGNING_KEYS === undefined) return false;
  const server = values.MEMCACHIER_SERVER ?? values.MEMCACHIER_SERVERS;
  const caches = values.THUMBNAIL_CACHE ?? [server === undefined ? 'memory' : 'memcached'];
  return caches.every((cache) => cache === 'memory');
}
