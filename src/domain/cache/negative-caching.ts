import type { FailureEntry, MadeEntry } from './cache-entry.ts';
import type { LifetimePolicy } from '../source/freshness.ts';
import {
  type DomainErrorCode,
  RememberedError,
  SourceAccessError,
  SourceForbiddenError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceSuspendedError,
  ThumbnailerError,
  isOfTheSource,
} from '../errors/index.ts';

/** Milliseconds for which a fault of this kind is remembered, where nobody said otherwise. */
const MINUTES = 60_000;
const LIFETIMES_MS: Readonly<Partial<Record<DomainErrorCode, number>>> = {
  // Gone, but perhaps only not there yet.
  'source-not-found': 5 * MINUTES,
  // Transient errors: long enough to spare a source that is down many requests.
  'source-timeout': 10_000,
  'source-unreachable': 10_000,
  'source-refused': 10_000,
};

/** A status says this much at least: pages that tell of an error are `no-store` on most servers. */
const MIN_OF_A_STATUS_MS = 10_000;

/** How long a source that fails is left alone where a stale thumbnail can be served instead, in milliseconds. */
export const STALE_RETRY_MS = 30_000;

/** Faults of the image itself: the same bytes will not decode next time either, but the source may send others soon. */
const OF_THE_IMAGE: ReadonlySet<DomainErrorCode> = new Set([
  'unsupported-image',
  'corrupt-image',
  'image-too-large',
  'image-too-expensive',
  'source-too-large',
]);

/** What depends on the size and format that were asked for. */
const OF_ONE_THUMBNAIL: ReadonlySet<DomainErrorCode> = new Set(['image-too-large', 'image-too-expensive']);

/** A source's `Retry-After` is respected up to here. */
const MAX_RETRY_AFTER_MS = 10 * MINUTES;

/**
 * For how many milliseconds a fault is remembered; undefined for one that is not the source's, because it is ours, or
 * depends on who asks, or costs nothing to find out again. It is never remembered for longer than the source lets its answer be kept,
 * except for the least that a status says.
 *
 * @param faultsMs for an answer that was no image: it may be another one in a moment
 */
export function failureLifetime(error: ThumbnailerError, faultsMs: number): number | undefined {
  // The source was not asked; that its host is slow is this process's own view. So is what its credentials are good for.
  if (error instanceof SourceSuspendedError || error instanceof SourceAccessError) return undefined;
  const lifetimeMs = OF_THE_IMAGE.has(error.code) ? faultsMs : LIFETIMES_MS[error.code];
  if (lifetimeMs === undefined) return undefined;
  const allowedMs = Math.min(lifetimeMs, error.answerTtlMs ?? Infinity);
  if (error instanceof SourceNotFoundError) return Math.max(allowedMs, MIN_OF_A_STATUS_MS);
  if (!(error instanceof SourceRefusedError)) return allowedMs;
  return Math.min(Math.max(lifetimeMs, error.retryAfterMs ?? 0), MAX_RETRY_AFTER_MS);
}

/**
 * Whether an error takes away a thumbnail that is no longer better than it, even if nobody is to remember it. Where we are
 * short of something ourselves, the thumbnail stays.
 */
export function takesStaleAway(error: unknown): error is ThumbnailerError {
  return isOfTheSource(error) || error instanceof SourceForbiddenError;
}

/** Whether a fault of this code is of the image's bytes, which may be others soon. */
export function isOfTheImage(code: DomainErrorCode): boolean {
  return OF_THE_IMAGE.has(code);
}

/** Whether a fault of this code that is remembered is one of all sizes and formats of its source. */
export function isOfWholeSource(code: DomainErrorCode): boolean {
  return !OF_ONE_THUMBNAIL.has(code);
}

/** The most milliseconds for which an error of this code is ever remembered. */
export function longestFailureMs(code: DomainErrorCode, maxMs: number): number {
  return OF_THE_IMAGE.has(code) ? maxMs : Math.min(maxMs, MAX_RETRY_AFTER_MS);
}

/** Whether a fault of this code is ever kept in a cache. */
export function isRemembered(code: DomainErrorCode): boolean {
  return OF_THE_IMAGE.has(code) || LIFETIMES_MS[code] !== undefined;
}

/**
 * Whether an older thumbnail of the source is better than this error (stale-if-error). It is where an answer is no image,
 * too: a maintenance page, or half a file, is replaced again soon. It is not where the source is gone.
 */
export function isTransient(error: unknown): boolean {
  return !(error instanceof ThumbnailerError) || error.code !== 'source-not-found';
}

/** Unix milliseconds until which a thumbnail is better than a fault of its source. */
export function goodUntilMs(
  { freshUntilMs, staleSinceMs = freshUntilMs }: MadeEntry,
  { staleIfErrorMs }: Pick<LifetimePolicy, 'staleIfErrorMs'>,
): number {
  return Math.min(staleSinceMs, freshUntilMs) + staleIfErrorMs;
}

/** Unix milliseconds until which a thumbnail is kept, fresh or stale: while its source fails, as long as it is better. */
export function keptUntilMs(entry: MadeEntry, lifetimes: LifetimePolicy): number {
  const goodUntil = goodUntilMs(entry, lifetimes);
  return entry.staleSinceMs === undefined
    ? Math.max(entry.createdAtMs + lifetimes.maxMs, goodUntil)
    : goodUntil;
}

/**
 * What an entry of a request holds, if it is no fault.
 *
 * @throws RememberedError where the entry holds a fault
 */
export function madeIn(entry: MadeEntry | FailureEntry, nowMs: number): MadeEntry {
  if (entry.kind === 'failure') throw restored(entry, nowMs);
  return entry;
}

/** The fault as it was, as far as an entry tells. */
export function restored({ code, sentence, retryAtMs }: FailureEntry, nowMs: number): RememberedError {
  if (retryAtMs === undefined) return new RememberedError(code, sentence);
  return new RememberedError(code, sentence, {
    retryAfterSeconds: Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000)),
  });
}
