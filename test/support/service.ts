import { Admission, type AdmissionLimits } from '../../src/domain/work/admission.ts';
import { INPUT_FORMATS } from '../../src/domain/image/formats.ts';
import { Hosts, type HostsOptions } from '../../src/domain/source/hosts.ts';
import { SourceCache } from '../../src/domain/source/source-cache.ts';
import type { SourceLimits } from '../../src/domain/source/downloads.ts';
import type { RequestPolicy } from '../../src/domain/access/request-policy.ts';
import { parseSourceUrl } from '../../src/domain/request/source-url.ts';
import type { LifetimePolicy } from '../../src/domain/source/freshness.ts';
import type { SourcePolicy } from '../../src/domain/access/source-policy.ts';
import type { ThumbnailRequest } from '../../src/domain/request/source-request.ts';
import { MemoryPool } from '../../src/domain/work/memory-pool.ts';
import { type Caller, Requester } from '../../src/domain/work/requester.ts';
import { type ThumbnailPolicies, ThumbnailService } from '../../src/domain/making/thumbnail-service.ts';
import type { Secrets } from '../../src/ports/secret-source.ts';
import { FakeCache, FakeFetcher, FakeResizer, FakeSecrets } from './fakes.ts';
import { DEFAULT_LIMITS, type SpecFields, optionsOf, specOf } from '../../scripts/kit/spec.ts';

export const OPEN_SOURCES: SourcePolicy = {
  allowedPorts: [{ from: 1, to: 65_535 }],
  allowedHosts: undefined,
  isOwnAddress: () => false,
};

export function admission(limits: Partial<AdmissionLimits> = {}): Admission {
  return new Admission({ places: 8, budget: 1e9, queueLimit: 8, queueTimeoutMs: 1000, ...limits });
}

export function memoryPool(budgetBytes = 1e9, queueTimeoutMs = 1000): MemoryPool {
  return new MemoryPool({ budgetBytes, queueTimeoutMs });
}

/** Takes so much of it as somebody else's. */
export function takeFrom(pool: MemoryPool, bytes: number): Disposable {
  const reservation = pool.open(bytes);
  void reservation.growTo(bytes, caller());
  return reservation;
}

export function hostsOf(limits: Partial<AdmissionLimits> = {}, options: Partial<HostsOptions> = {}): Hosts {
  return new Hosts({ admission: () => admission(limits), now: () => performance.now(), ...options });
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
  readonly hosts?: Hosts;
  readonly misses?: Admission;
  readonly downloadBytes?: MemoryPool;
  readonly limits?: Partial<SourceLimits>;
  readonly lifetimes?: Partial<LifetimePolicy>;
  readonly accessTo?: ThumbnailPolicies['accessTo'];
  readonly keysMaxAgeMs?: number;
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
    requests: { ...DEFAULT_LIMITS, signatures: 'optional', ...options.requests },
    sources: { ...OPEN_SOURCES, ...options.sources },
    hosts: options.hosts ?? hostsOf(),
    misses: options.misses ?? admission(),
    downloadBytes: options.downloadBytes ?? memoryPool(),
    sourceCache: new SourceCache({ maxBytes: options.keptSourcesBytes ?? 0, now: () => state.now }),
    limits: { maxBytes: 512 * 1024, timeoutMs: 5000, partialDownloads: true, ...options.limits },
    inputs: {
      inputFormats: INPUT_FORMATS,
      maxPixels: 50_000_000,
      animations: { maxFrames: 3, maxPixels: 1_000_000 },
    },
    lifetimes: {
      defaultMs: 60_000,
      minMs: 1000,
      maxMs: 3_600_000,
      faultsMs: 60_000,
      staleIfErrorMs: 3_600_000,
      ...options.lifetimes,
    },
    onRevalidationFailed: (error) => void refreshFaults.push(error),
    accessTo: options.accessTo,
    // Keys that a test changes are seen at once.
    keysMaxAgeMs: options.keysMaxAgeMs ?? 0,
    onMalformedKeys: (error) => void keyFaults.push(error),
    now: () => state.now,
  });
  return Object.assign(state, { service, keyFaults, refreshFaults, ...ports });
}

/** A request for a thumbnail of the image at an address. */
export function requestFor(url: string, fields: SpecFields = {}): ThumbnailRequest {
  const { format = 'webp', ...asked } = { size: 128, ...fields };
  const source = { kind: 'remote', url: parseSourceUrl(url) } as const;
  return { source, spec: specOf({ ...asked, format }), options: optionsOf(asked) };
}

/** One who asks on his own, and waits until the signal aborts. */
export function caller(signal = never, client = 'client'): Caller {
  return { requester: new Requester(client), signal };
}

export const never: AbortSignal = new AbortController().signal;
