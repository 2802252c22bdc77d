import { Admission, type AdmissionLimits } from '../../src/domain/work/admission.ts';
import { KeptSources } from '../../src/domain/source/kept-sources.ts';
import type { RequestPolicy } from '../../src/domain/access/request-policy.ts';
import { parseSourceUrl } from '../../src/domain/request/source-url.ts';
import type { LifetimePolicy } from '../../src/domain/cache/source-freshness.ts';
import type { SourcePolicy } from '../../src/domain/access/source-policy.ts';
import type { ThumbnailRequest } from '../../src/domain/request/thumbnail-request.ts';
import { ThumbnailService } from '../../src/domain/making/thumbnail-service.ts';
import type { Secrets } from '../../src/ports/secret-source.ts';
import { FakeCache, FakeFetcher, FakeResizer, FakeSecrets } from './fakes.ts';

export const OPEN_SOURCES: SourcePolicy = {
  allowedPorts: [{ from: 1, to: 65_535 }],
  allowedHosts: undefined,
  isOwnAddress: () => false,
};

export function admission(limits: Partial<AdmissionLimits> = {}): Admission {
  return new Admission({ places: 8, budget: 1e9, queueLimit: 8, queueTimeoutMs: 1000, ...limits });
}

export interface Harness {
  readonly service: ThumbnailService;
  readonly fetcher: FakeFetcher;
  readonly resizer: FakeResizer;
  readonly cache: FakeCache;
  readonly secrets: FakeSecrets;
  /** What the service was told of signing keys that it cannot read. */
  readonly keyFaults: readonly unknown[];
  /** What went wrong behind stale answers. */
  readonly refreshFaults: readonly unknown[];
  /** Unix milliseconds; moves only when a test moves it. */
  now: number;
}

interface HarnessOptions {
  readonly requests?: Partial<RequestPolicy>;
  readonly sources?: Partial<SourcePolicy>;
  readonly secrets?: Secrets;
  readonly misses?: Admission;
  readonly downloadBytes?: Admission;
  readonly lifetimes?: Partial<LifetimePolicy>;
  /** For sources that more thumbnails are made of; none are kept unless given. */
  readonly keptSourcesBytes?: number;
}

/** The real service among fakes. */
export function harness(options: HarnessOptions = {}): Harness {
  const ports = {
    fetcher: new FakeFetcher(),
    resizer: new FakeResizer(),
    cache: new FakeCache(),
    secrets: new FakeSecrets(options.secrets),
  };
  const keyFaults: unknown[] = [];
  const refreshFaults: unknown[] = [];
  const state = { now: 1_800_000_000_000 };
  const service = new ThumbnailService(ports, {
    requests: { openSizes: [64, 128, 256], maxSignedSize: 2048, signatures: 'optional', ...options.requests },
    sources: { ...OPEN_SOURCES, ...options.sources },
    misses: options.misses ?? admission(),
    downloadBytes: options.downloadBytes ?? admission(),
    keptSources: new KeptSources({ maxBytes: options.keptSourcesBytes ?? 0, now: () => state.now }),
    partialDownloads: true,
    lifetimes: { defaultMs: 60_000, minMs: 1000, maxMs: 3_600_000, ...options.lifetimes },
    onRefreshFailed: (error) => void refreshFaults.push(error),
    onMalformedKeys: (error) => void keyFaults.push(error),
    now: () => state.now,
  });
  return Object.assign(state, { service, keyFaults, refreshFaults, ...ports });
}

export function requestFor(url: string, rest: Partial<ThumbnailRequest> = {}): ThumbnailRequest {
  return { source: parseSourceUrl(url), size: 128, fit: 'inside', format: 'webp', ...rest };
}

export const never = new AbortController().signal;
