import { hash } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config/config.ts';

/** Settings of sources that do not decide what an address leads to: limits, and how it is read. */
const NO_POLICY: ReadonlySet<string> = new Set<keyof Config['sources']>([
  'maxBytes',
  'maxPixels',
  'animations',
  'inputFormats',
  'timeoutMs',
  'maxUrlLength',
  'userAgent',
  'partialDownloads',
  'refusesDamaged',
]);

/**
 * Of all that decides which images this deployment serves, and how they are made: a cache may be shared with one that
 * fetches from where this one may not. A setting that is new counts unless it is listed above.
 */
export function policyDigest({ sources, modules }: Config): string {
  const policy = Object.entries(sources).filter(([name]) => !NO_POLICY.has(name));
  return digestOf({ ...Object.fromEntries<unknown>(policy), modules });
}

/** Of all that decides which images this process refuses, and what it says then. */
export function verdictDigest({ sources, work, modules }: Config): string {
  const { memoryBudgetBytes, decodeTimeoutMs, decoders } = work;
  return digestOf({
    version: packageJson.version,
    sources,
    memoryBudgetBytes,
    decodeTimeoutMs,
    decoders,
    modules,
  });
}

function digestOf(facts: object): string {
  return hash('sha256', JSON.stringify(facts), 'base64url');
}
