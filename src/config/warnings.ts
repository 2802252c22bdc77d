import { VARIABLES, type Values } from './variables.ts';

/** What begins like this, and is none of ours, is one of ours misspelt: other programs have no such variables. */
const BEGINNINGS =
  /^(THUMBNAIL|MEMCACHIER|CACHE_TTL|ALLOWED_(HOST|SOURCE|ORIGIN|PRIVATE)|MAX_(SOURCE|THUMBNAIL|ANIMATION)|STALE_IF|SIGNING_KEY|SIGNATURE|DOWNLOADS?_|DECODE|RESIZE_|DISK_CACHE|KEPT_SOURCES|INPUT_FORMAT|LENIENT_|FALLBACK_(IMAGE|STATUS)|SHUTDOWN_T|DRAIN_D|METRICS_P|PARTIAL_D|QUEUE_(LIMIT|TIMEOUT)|TRUSTED_PROX|SOURCE_(BASE|HEADER|TIMEOUT))/;

/** What an operator should know of settings that are valid, one sentence each. */
export function warningsOf(environment: Readonly<NodeJS.ProcessEnv>, values: Values): string[] {
  const unknown = Object.keys(environment).filter((name) => BEGINNINGS.test(name) && !(name in VARIABLES));
  const isRedisIdle =
    values.SECRET_SOURCE === 'env' && values.REDIS_URL !== undefined && values.THUMBNAIL_CACHE === undefined;
  return [
    ...unknown.sort().map((name) => `${name} is no variable of this service; it has no effect`),
    ...(isRedisIdle ? ['REDIS_URL has no effect: THUMBNAIL_CACHE does not name redis'] : []),
  ];
}
