import { hash } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config/config.ts';

/**
 * Of all that decides which images this deployment serves, and how they are made: a cache may be shared with one that
 * fetches from where this one may not.
 */
export function policyDigest({ sources, modules }: Config): string {
  const { allowedHosts, allowedPrefixes, base, allowedPorts } = sources;
  const { allowedPrivateNetworks, dnsServers, maxRedirects } = sources;
  const names = { allowedHosts, allowedPrefixes, base, allowedPorts };
  return digestOf({ ...names, allowedPrivateNetworks, dnsServers, maxRedirects, modules });
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
