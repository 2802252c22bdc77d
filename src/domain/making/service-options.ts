import type { ImageFetcher } from '../../ports/image-fetcher.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { OperationObserver } from '../../ports/operation-observer.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { RequestPolicy } from '../access/request-policy.ts';
import type { PresentedSignature } from '../access/signature.ts';
import type { SourcePolicy } from '../access/source-policy.ts';
import type { KeysOf } from '../cache/cache-key.ts';
import type { InputLimits } from '../image/image-file.ts';
import type { SourceRequest } from '../request/source-request.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { SourceLimits } from '../source/downloads.ts';
import type { LifetimePolicy } from '../source/freshness.ts';
import type { Hosts } from '../source/hosts.ts';
import type { OpenSource } from '../source/open-source.ts';
import type { SourceCache } from '../source/source-cache.ts';
import type { Admission } from '../work/admission.ts';
import type { MemoryPool } from '../work/memory-pool.ts';
import type { LookUp } from './look-up.ts';

export interface ThumbnailPorts {
  readonly fetcher: ImageFetcher;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  readonly secrets: SecretSource;
}

export interface ThumbnailPolicies {
  readonly requests: RequestPolicy;
  readonly sources: SourcePolicy;
  readonly limits: SourceLimits;
  readonly inputs: InputLimits;
  /** Bounds the number of sources that are being read from one host. */
  readonly hosts: Hosts;
  /** Bounds the number of misses that are being worked on. */
  readonly misses: Admission;
  /** Bounds the bytes of the downloads and uploads under way. */
  readonly downloadBytes: MemoryPool;
  /** Where sources are kept for the further thumbnails that are made of them. */
  readonly sourceCache: SourceCache;
  /** A digest of what decides which images are served: those of a cache that another policy has filled are not. */
  readonly policy?: string | undefined;
  /** A digest of what the service shows a source to be let in, which may change while it runs; empty for nothing. */
  readonly accessTo?: ((url: SourceUrl) => string | Promise<string>) | undefined;
  /** A digest of what decides which images cannot be shown; see `FailureEntry.verdictOf`. */
  readonly verdicts?: string | undefined;
  /** How long a thumbnail stays fresh. */
  readonly lifetimes: LifetimePolicy;
  /** Milliseconds for which signing keys are good without asking for them again; see `Keyring`. */
  readonly keysMaxAgeMs?: number | undefined;
  /** Told of each download. */
  readonly observe?: OperationObserver | undefined;
  /** Told when the signing keys were changed to something that cannot be read. */
  readonly onMalformedKeys: (error: unknown) => void;
  /** Told when a stale thumbnail, served already, could not be revalidated. */
  readonly onRevalidationFailed: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** What comes with a request besides what it asks for. */
export interface RequestTerms {
  /** Not verified yet. */
  readonly signature?: PresentedSignature | undefined;
  /** Ask the source although the thumbnail may be fresh; for signed requests alone, and not again so soon. */
  readonly refresh?: boolean;
  /** Where the caller has them from `keysOf`. */
  readonly keys?: KeysOf | undefined;
}

/** A request that may be served, its source open, and what the cache says of its thumbnail: for `hit`, and then `finish`. */
export interface Prepared {
  readonly request: SourceRequest;
  readonly source: OpenSource;
  readonly lookUp: LookUp;
  readonly mayBePurged: boolean;
  readonly refresh: boolean;
}
