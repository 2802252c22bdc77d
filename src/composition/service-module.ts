import { ContainerModule } from 'inversify';
import type { Config } from '../config/config.ts';
import { STEP_BYTES } from '../domain/source/incoming-bytes.ts';
import { SourceCache } from '../domain/source/source-cache.ts';
import type { SourceHeaderReader } from '../domain/access/source-header-reader.ts';
import type { SourcePolicy } from '../domain/access/source-policy.ts';
import { ThumbnailService } from '../domain/making/thumbnail-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import { TOKENS } from './tokens.ts';
import { policyDigest, verdictDigest } from './digests.ts';
import { createAdmission, createHosts, createMemoryPool } from './admissions.ts';
import type { Instruments } from './instruments.ts';

export const serviceModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.service).toResolvedValue(createService, [
    TOKENS.config,
    TOKENS.sourcePolicy,
    TOKENS.sourceHeaders,
    TOKENS.fetcher,
    TOKENS.resizer,
    TOKENS.cache,
    TOKENS.secrets,
    TOKENS.logger,
    TOKENS.instruments,
  ]);
});

function createService(
  config: Config,
  sources: SourcePolicy,
  sourceHeaders: SourceHeaderReader,
  fetcher: ImageFetcher,
  resizer: ImageResizer,
  cache: ThumbnailCache,
  secrets: SecretSource,
  logger: Logger,
  instruments: Instruments,
): ThumbnailService {
  const { work, requests } = config;
  const { downloadConcurrency: places, downloadsPerHost, queueLimit, queueTimeoutMs } = work;
  const sourceCache = new SourceCache({ maxBytes: config.cache.keptSourcesBytes, now: Date.now });
  instruments.onKeptSources?.(sourceCache);
  return new ThumbnailService(
    { fetcher, resizer, cache, secrets },
    {
      requests,
      sources,
      hosts: createHosts(
        { places: downloadsPerHost, clientShare: shareOfHost(downloadsPerHost), queueLimit, queueTimeoutMs },
        instruments,
        logger,
      ),
      misses: createAdmission(
        'misses',
        { places, clientShare: CLIENT_SHARE, budget: 0, queueLimit, queueTimeoutMs },
        instruments,
      ),
      downloadBytes: createMemoryPool(
        'downloads',
        { budgetBytes: downloadBudgetBytes(config), queueTimeoutMs },
        instruments,
      ),
      sourceCache,
      limits: { ...config.sources, partialDownloads: readsParts(config, resizer) },
      inputs: config.sources,
      observe: instruments.onOperation,
      policy: policyDigest(config),
      accessTo: (url) => sourceHeaders.digestFor(url),
      verdicts: verdictDigest(config),
      lifetimes: config.cache.lifetimes,
      onRevalidationFailed: (error) =>
        logger.info({ err: error }, 'a stale thumbnail could not be revalidated'),
      onMalformedKeys: (error) =>
        logger.error({ err: error }, 'the new signing keys are invalid; the previous keys stay in use'),
    },
  );
}

/** A resizer that makes other thumbnails of a part than of the whole is given the whole. */
function readsParts({ sources }: Config, resizer: ImageResizer): boolean {
  return sources.partialDownloads && resizer.takesPartialFiles === true;
}

/** A slot is held for as long as a source takes its time: a client that comes while another has many finds some free. */
const CLIENT_SHARE = 3 / 4;

/** A host's slot is held while a large image waits for memory, too: one of them is spared, where there are some. */
const shareOfHost = (slots: number): number => (slots < 4 ? 1 : (slots - 1) / slots);

/** A quarter of what the decodes may need, and always enough for one source of the largest size beside others that begin. */
function downloadBudgetBytes({ sources, work }: Config): number {
  return Math.max(work.memoryBudgetBytes / 4, sources.maxBytes + work.downloadConcurrency * STEP_BYTES);
}
