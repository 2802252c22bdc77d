import type { CacheKind, Config } from '../config/config.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { Logger } from '../telemetry/logger.ts';

/** As often as secrets are read again. */
const EVERY_MS = 30_000;

/** Which cache is used where THUMBNAIL_CACHE does not say: memcached where its address is known. */
export async function chooseCache(secrets: SecretSource): Promise<CacheKind> {
  return (await secrets.read())['memcachier-server'] === undefined ? 'memory' : 'memcached';
}

/** Says in the log that a restart is needed, once another cache would be chosen than at the start. */
export class CacheChoice {
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param chosen at the start; undefined where THUMBNAIL_CACHE says it */
  constructor(chosen: CacheKind | undefined, secrets: SecretSource, logger: Logger, everyMs = EVERY_MS) {
    if (chosen === undefined) return;
    this.#timer = setInterval(() => void this.#look(chosen, secrets, logger), everyMs).unref();
  }

  async #look(chosen: CacheKind, secrets: SecretSource, logger: Logger): Promise<void> {
    // Once read, they stay known when their source fails.
    const now = await chooseCache(secrets).catch(() => chosen);
    if (now === chosen) return;
    clearInterval(this.#timer);
    logger.warn({ cache: chosen, secrets: now }, 'the secrets name another cache now; restart to use it');
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}

/** Looks at the secrets for as long as the container lives. */
export async function watchCacheChoice(
  { cache }: Config,
  secrets: SecretSource,
  logger: Logger,
): Promise<CacheChoice> {
  return new CacheChoice(cache.kinds === undefined ? await chooseCache(secrets) : undefined, secrets, logger);
}
