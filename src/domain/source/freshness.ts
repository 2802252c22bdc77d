import { ThumbnailerError } from '../errors/index.ts';
import { dateOf, parseCacheControl, secondsOf } from './cache-control.ts';

/** What a source said of how long its image may be kept (RFC 9111). */
export interface SourceFreshness {
  /** False for `no-store` and `private`: the image is made for those who wait for it, and kept nowhere. */
  readonly storable: boolean;
  /** Milliseconds for which the image stays as it is, as far as the source says; undefined where it says nothing. */
  readonly ttlMs: number | undefined;
  /** Whether it may only be served stale where the source has been asked again (RFC 9111, 4.2.4). */
  readonly mustRevalidate?: true;
}

/** By what a source recognises the version of its image that we have; empty where it gave nothing. */
export interface SourceValidators {
  /** The address that answered, after redirects: a validator means something there alone. */
  readonly href?: string;
  /** As it was sent, quotation marks included. */
  readonly etag?: string;
  readonly lastModified?: string;
  /** What it said of its freshness: an answer that says "unchanged" need not repeat it. */
  readonly cacheControl?: string;
  readonly expires?: string;
  readonly pragma?: string;
  readonly vary?: string;
}

/** Characters of each of these at most: an origin may send a hundred times as many, and caches keep what is kept of them. */
export const MAX_VALIDATOR_LENGTH = 8192;

/** What a cache may keep of what a source sent; undefined for more than anything of use has. */
export function keepable(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= MAX_VALIDATOR_LENGTH ? value : undefined;
}

/** Characters that all of them have together: bytes that they take in memory. */
export function lengthOf(validators: SourceValidators): number {
  return Object.values<string>({ ...validators }).reduce((sum, { length }) => sum + length, 0);
}

/** Those of them that are about freshness, by the header fields that say them. */
const SAID = { 'cache-control': 'cacheControl', expires: 'expires', pragma: 'pragma', vary: 'vary' } as const;

/** What an answer says of its freshness, to be kept with its validators. */
export function freshnessFields(headers: Headers): SourceValidators {
  const said = Object.entries(SAID).map(([field, name]) => [name, keepable(headers[field])] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== undefined));
}

/** The header fields that an answer once had, as far as they were kept. */
export function headersFrom(validators: SourceValidators): Headers {
  const fields = Object.entries(SAID).map(([field, name]) => [field, validators[name]] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** The operator's bounds on what a source may say, in milliseconds. */
export interface LifetimePolicy {
  /** Where the source says nothing. */
  readonly defaultMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** How long it is remembered at most that an answer was no image. */
  readonly faultsMs: number;
  /** How long a thumbnail that is no longer fresh is better than a fault of its source. */
  readonly staleIfErrorMs: number;
}

/** How long what is made of a source may be kept. */
export interface Lifetime {
  /** False where the source wants it kept nowhere. */
  readonly storable: boolean;
  /** Unix milliseconds until which the source need not be asked again. */
  readonly freshUntilMs: number;
  /** See `SourceFreshness`. */
  readonly mustRevalidate?: true;
  /** Milliseconds that the source itself has said, 0 where it wants it kept nowhere; undefined where it said nothing. */
  readonly saidMs?: number | undefined;
}

type Headers = Readonly<Partial<Record<string, string>>>;

/** What the headers of an answer say to a shared cache. A guess where they say nothing is the operator's to make. */
export function freshnessOf(headers: Headers, nowMs: number): SourceFreshness {
  const directives = parseCacheControl(headers['cache-control'] ?? '');
  const storable = !directives.has('no-store') && !directives.has('private');
  const lifetimeMs = lifetimeSaid(headers, directives, nowMs);
  const ageMs = (secondsOf(headers['age']) ?? 0) * 1000;
  return {
    storable,
    ttlMs: lifetimeMs === undefined ? undefined : Math.max(0, lifetimeMs - ageMs),
    ...(forbidsStale(headers, directives) && { mustRevalidate: true }),
  };
}

type Directives = ReadonlyMap<string, readonly string[]>;

/** A lifetime for shared caches says as much as `proxy-revalidate`, unless it comes with a time to be served stale for. */
function forbidsStale(headers: Headers, directives: Directives): boolean {
  if (variesOnAll(headers) || isToBeAskedAgain(headers, directives)) return true;
  return directives.has('s-maxage') && !directives.has('stale-while-revalidate');
}

const ASK_AGAIN = ['no-cache', 'must-revalidate', 'proxy-revalidate'];

function isToBeAskedAgain(headers: Headers, directives: Directives): boolean {
  if (ASK_AGAIN.some((name) => directives.has(name))) return true;
  // From before there was Cache-Control.
  return headers['cache-control'] === undefined && /\bno-cache\b/i.test(headers['pragma'] ?? '');
}

/** Then no request is like another. */
function variesOnAll(headers: Headers): boolean {
  return (headers['vary'] ?? '').split(',').some((field) => field.trim() === '*');
}

/** Milliseconds for which the source lets an answer be kept; undefined where it says nothing. */
export function saidMsOf({ storable, ttlMs }: SourceFreshness): number | undefined {
  return storable ? ttlMs : 0;
}

/** Notes on an error for how long the answer may be kept in which it showed. */
export function shownBy(error: unknown, saidMs: number | undefined): unknown {
  if (error instanceof ThumbnailerError) error.answerTtlMs ??= saidMs;
  return error;
}

/** The explicit lifetime in milliseconds (RFC 9111, 4.2.1); one that cannot be read counts as over. */
function lifetimeSaid(headers: Headers, directives: Directives, nowMs: number): number | undefined {
  if (directives.has('no-cache') || variesOnAll(headers)) return 0;
  const seconds = directives.get('s-maxage') ?? directives.get('max-age');
  // Of several the strictest counts.
  if (seconds !== undefined) return Math.min(...seconds.map((text) => secondsOf(text) ?? 0)) * 1000;
  if (headers['expires'] !== undefined) {
    const sentAtMs = dateOf(headers['date']);
    const lifetimeMs = dateOf(headers['expires']) - (Number.isNaN(sentAtMs) ? nowMs : sentAtMs);
    return lifetimeMs > 0 ? lifetimeMs : 0;
  }
  return isToBeAskedAgain(headers, directives) ? 0 : undefined;
}

/** How long what was made of a source is fresh, in milliseconds, or undefined where it is not to be kept. */
export function lifetimeOf({ storable, ttlMs }: SourceFreshness, policy: LifetimePolicy): number | undefined {
  if (!storable) return undefined;
  return Math.min(Math.max(ttlMs ?? policy.defaultMs, policy.minMs), policy.maxMs);
}
