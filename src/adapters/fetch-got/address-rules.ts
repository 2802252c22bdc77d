import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** CIDR blocks that `parseNetworks` has checked. */
export type Networks = readonly (readonly [Address, prefixBits: number])[];

/** Which addresses may be connected to besides those of the public internet. */
export interface AddressPolicy {
  readonly allowedPrivateNetworks: Networks;
}

/**
 * Parses CIDR blocks such as `10.0.0.0/8` and `fd00::/8`.
 *
 * @throws RangeError that names the first one that is malformed; short and octal spellings count as malformed
 */
export function parseNetworks(texts: readonly string[]): Networks {
  return texts.map(parseNetwork);
}

/**
 * Why an address may not be connected to, for the log; undefined where it may be.
 *
 * Allowed is what IANA's special-purpose registries leave over: unicast IPv4, and IPv6 within 2000::/3, the only block
 * that public addresses are assigned from. This leaves out every form that hides an IPv4 address in an IPv6 one
 * (IPv4-compatible, translated, NAT64, 6to4, Teredo, ISATAP), as whatever unpacks it would connect to what it hides.
 * The IPv4-mapped form alone is judged as the IPv4 address that it is: the operating system connects to just that.
 */
export function whyForbidden(text: string, policy: AddressPolicy): string | undefined {
  if (isIP(text) === 0) return 'not an IP address';
  const address = unmap(parseAddress(text));
  if (policy.allowedPrivateNetworks.some((network) => contains(network, address))) return undefined;
  return isV6(address) ? whyForbiddenV6(address) : whyForbiddenV4(address);
}

/** Azure's platform services, metadata among them, answer every virtual machine there at this public address. */
const AZURE_PLATFORM: Networks[number] = [ipaddr.parse('168.63.129.16'), 32];

const GLOBAL_UNICAST_V6: Networks[number] = [ipaddr.parse('2000::'), 3];

function whyForbiddenV4(address: ipaddr.IPv4): string | undefined {
  if (contains(AZURE_PLATFORM, address)) return 'platform services of a cloud';
  const range = address.range();
  return range === 'unicast' ? undefined : `special purpose: ${range}`;
}

function whyForbiddenV6(address: ipaddr.IPv6): string | undefined {
  if (!contains(GLOBAL_UNICAST_V6, address)) return 'outside 2000::/3';
  if (isIsatap(address)) return 'special purpose: isatap';
  const range = address.range();
  return range === 'unicast' ? undefined : `special purpose: ${range}`;
}

/** RFC 5214: under any prefix, the interface identifier ::0:5efe:a.b.c.d or ::200:5efe:a.b.c.d tunnels to a.b.c.d. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

/** ipaddr.js would take the IPv4-compatible ::a.b.c.d for the IPv4-mapped ::ffff:a.b.c.d, unless it is written out. */
function parseAddress(text: string): Address {
  return ipaddr.parse(text.replace(/^::(?=\d+\.)/, '0:0:0:0:0:0:'));
}

function unmap(address: Address): Address {
  return isV6(address) && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function contains([network, prefixBits]: Networks[number], address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, prefixBits);
}

function isV6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}

const MAPPED_PREFIX_BITS = 96;

function parseNetwork(text: string): Networks[number] {
  const [base = '', bits = '', ...rest] = text.split('/');
  const version = isIP(base);
  const prefixBits = Number(bits);
  const wellFormed =
    version !== 0 &&
    !base.includes('%') &&
    /^\d{1,3}$/.test(bits) &&
    prefixBits <= (version === 4 ? 32 : 128);
  if (!wellFormed || rest.length > 0) {
    throw new RangeError(
      `expected a CIDR block such as 10.0.0.0/8 or fd00::/8, received ${JSON.stringify(text)}`,
    );
  }
  const address = parseAddress(base);
  const unmapped = unmap(address);
  if (unmapped === address || prefixBits < MAPPED_PREFIX_BITS) return [address, prefixBits];
  return [unmapped, prefixBits - MAPPED_PREFIX_BITS];
}
