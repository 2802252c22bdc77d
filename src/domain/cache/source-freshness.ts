/** What a source said of how long its image may be kept (RFC 9111). */
export interface SourceFreshness {
  /** False for `no-store` and `private`: the image is made for those who wait for it, and kept nowhere. */
  readonly storable: boolean;
  /** Milliseconds for which the image stays as it is, as far as the source says; undefined where it says nothing. */
  readonly ttlMs: number | undefined;
}

/** By what a source recognises the version of its image that we have; empty where it gave nothing. */
export interface SourceValidators {
  /** The address that answered, after redirects: a validator means something there alone. */
  readonly href?: string;
  /** As it was sent, quotation marks included. */
  readonly etag?: string;
  readonly lastModified?: string;
}

/** The operator's bounds on what a source may say, in milliseconds. */
export interface LifetimePolicy {
  /** Where the source says nothing. */
  readonly defaultMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** How long what was made of a source is fresh, in milliseconds, or undefined where it is not to be kept. */
export function lifetimeOf({ storable, ttlMs }: SourceFreshness, policy: LifetimePolicy): number | undefined {
  if (!storable) return undefined;
  return Math.min(Math.max(ttlMs ?? policy.defaultMs, policy.minMs), policy.maxMs);
}
