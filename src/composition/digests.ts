import { hash } from 'node:crypto';
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

function digestOf(facts: object): string {
  return hash('sha256', JSON.stringify(facts), 'base64url');
}
