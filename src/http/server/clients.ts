import type { IncomingMessage } from 'node:http';
import { BlockList, SocketAddress, isIP } from 'node:net';

/** The client that a request comes from, as a key: requests with the same one share their turns in the queues. */
export type ClientOf = (request: IncomingMessage) => string;

/** More hops than that no honest chain of proxies has; the rest of a longer header is not read. */
const MAX_HOPS = 16;

/**
 * Tells clients apart by the address of the connection; where that is a trusted proxy's, by what it added to
 * X-Forwarded-For. The header is read from the right and only as far as trusted proxies wrote it: what a client puts
 * there itself stands further left and is never reached.
 *
 * @param trustedProxies networks in CIDR notation
 */
export function clientsBehind(trustedProxies: readonly string[]): ClientOf {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = '', prefix] = network.split('/');
    trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  const isTrusted = (address: string) => trusted.check(address, familyOf(address));

  return ({ socket, headers }) => {
    let client = plainAddress(socket.remoteAddress ?? '');
    if (client === undefined) return '';
    for (const hop of hopsOf(headers['x-forwarded-for'])) {
      if (!isTrusted(client)) break;
      const before = plainAddress(hop);
      if (before === undefined) break;
      client = before;
    }
    return keyOf(client);
  };
}

/** From the right: the nearest proxy's entry comes first. */
function hopsOf(header: string | string[] | undefined): string[] {
  if (header === undefined) return [];
  return String(header).split(',').slice(-MAX_HOPS).reverse();
}

/** Without spaces, brackets, port and zone, and IPv4 where it stands in IPv6 form; undefined for what is no address. */
function plainAddress(text: string): string | undefined {
  const [, bracketed, withPort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text.trim()) ?? [];
  const address = (bracketed ?? withPort ?? text.trim())
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** One customer has a whole /64 of IPv6: to count its addresses apart would give it as many turns as it likes. */
function keyOf(address: string): string {
  if (familyOf(address) === 'ipv4') return address;
  // In its shortest spelling, so that there is one for each network.
  const [head = '', tail] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? 0 : groupsIn(tail);
  if (tail !== undefined) while (groups.length + after < 8) groups.push('0');
  const network = tail === undefined ? groups : [...groups, ...tail.split(':')];
  return `${network.slice(0, 4).join(':')}::/64`;
}

/** An IPv4 address at the end stands for two. */
function groupsIn(text: string): number {
  return text.split(':').length + (text.includes('.') ? 1 : 0);
}
