import { type ServerAddress, parseServerAddress } from '../remote-server/server-address.ts';

/** Where the servers are and how to log in there. */
export interface MemcachedConnection {
  /** `host:port`, several separated by commas; the port is 11211 where none is given. IPv6 stands in brackets. */
  readonly servers: string;
  /** SASL PLAIN; without both of them there is no login. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Whether to speak TLS, with a server whose certificate is of its name and of an authority that Node trusts. */
  readonly tls?: boolean | undefined;
  /** Whether the servers are configuration endpoints that name the real ones (ElastiCache's auto discovery). */
  readonly discovery?: boolean | undefined;
}

const DEFAULT_PORT = 11211;

/**
 * The servers of a list, each of them once. The fault in a list that is none is described without quoting it, for it
 * may hold a password.
 */
export function parseServers(servers: string): ServerAddress[] {
  const addresses = servers
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item, index) => parseServer(item, index));
  if (addresses.length === 0) throw new Error('the list of memcached servers is empty');
  return [...new Map(addresses.map((address) => [address.text, address])).values()];
}

function parseServer(item: string, index: number): ServerAddress {
  const address = parseServerAddress(item, DEFAULT_PORT);
  if (address === undefined)
    throw new Error(`memcached server number ${index + 1} is not of the form host:port`);
  return address;
}
