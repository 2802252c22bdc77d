import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/** Addresses by name in lower case. */
export type Hosts = ReadonlyMap<string, readonly LookupAddress[]>;

/** Reads a hosts file: an address and its names on each line, a name on several lines having the addresses of all. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, LookupAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, '');
      const known = hosts.get(key) ?? [];
      if (!known.some((other) => other.address === address)) hosts.set(key, [...known, { address, family }]);
    }
  }
  return hosts;
}
