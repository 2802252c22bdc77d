import type { LookupAddress } from 'node:dns';
import type { Hosts } from './hosts-file.ts';

/** RFC 6761, 6.3: no server is asked for `localhost` and names below it. */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** Loopback addresses, those that the hosts file has if it has any: a machine may be without IPv6. */
export function loopbackFor(name: string, hosts: Hosts): readonly LookupAddress[] {
  const listed = hosts.get(name) ?? hosts.get('localhost') ?? [];
  const loopback = listed.filter(({ address }) => address === '::1' || address.startsWith('127.'));
  return loopback.length > 0 ? loopback : LOOPBACK;
}

/**
 * Whether there can be such a name in the DNS: labels of 1 to 63 characters, 253 together, the last one not a number, as
 * then it is an address in some spelling. No server is asked for `.invalid` (RFC 6761, 6.4) and `.onion` (RFC 7686).
 */
export function canBeAsked(name: string): boolean {
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  const isWellFormed = name.length <= 253 && labels.every((label) => label !== '' && label.length <= 63);
  return isWellFormed && !/^(\d+|0x[0-9a-f]*)$/.test(last) && last !== 'invalid' && last !== 'onion';
}
