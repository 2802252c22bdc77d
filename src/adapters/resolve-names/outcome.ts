import type { LookupAddress, RecordWithTtl } from 'node:dns';

/** What is known of a name after a question. */
export type Outcome = Found | Missing | Failed;

export interface Found {
  readonly kind: 'found';
  readonly addresses: readonly LookupAddress[];
  readonly ttlMs: number;
}

/** There is no such name (ENOTFOUND), or it has no address (ENODATA). */
export interface Missing {
  readonly kind: 'missing';
  readonly code: 'ENOTFOUND' | 'ENODATA';
}

/** No answer that says anything of the name. */
export interface Failed {
  readonly kind: 'failed';
  /** Node's, such as ETIMEOUT or ESERVFAIL. */
  readonly code: string;
}

/** A family without a member has not been answered. */
export interface Families {
  v4?: Outcome;
  v6?: Outcome;
}

/** A host needs few; an answer by TCP has room for thousands. */
const MAX_ADDRESSES_PER_FAMILY = 16;

/** No answer is used for longer, whatever its TTL. */
const MAX_TTL_SECONDS = 86_400;

/** The outcome of a question for one family. Never rejects. */
export async function outcomeOf(family: 4 | 6, answer: Promise<readonly RecordWithTtl[]>): Promise<Outcome> {
  try {
    const records = (await answer).slice(0, MAX_ADDRESSES_PER_FAMILY);
    if (records.length === 0) return { kind: 'missing', code: 'ENODATA' };
    const ttlSeconds = Math.min(MAX_TTL_SECONDS, ...records.map(({ ttl }) => ttl));
    const addresses = records.map(({ address }) => ({ address, family }));
    return { kind: 'found', addresses, ttlMs: Math.max(0, ttlSeconds) * 1000 };
  } catch (error) {
    const { code = 'EUNKNOWN' } = error as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? { kind: 'missing', code } : { kind: 'failed', code };
  }
}

/** IPv4 first, which hosts without IPv6 can use. A family that failed takes nothing from the other. */
export function combine({ v4, v6 }: Families): Outcome {
  const found = [v4, v6].filter((outcome) => outcome?.kind === 'found');
  if (found.length > 0) {
    const addresses = found.flatMap((outcome) => outcome.addresses);
    return { kind: 'found', addresses, ttlMs: Math.min(...found.map(({ ttlMs }) => ttlMs)) };
  }
  if (v4?.kind === 'missing' && (v6?.kind === 'missing' || v4.code === 'ENOTFOUND')) return v4;
  const failure = [v4, v6].find((outcome) => outcome?.kind === 'failed');
  return failure ?? { kind: 'failed', code: 'ETIMEOUT' };
}
