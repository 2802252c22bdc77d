import { type ServerAddress, parseServerAddress } from './server-address.ts';

const DEFAULT_PORT = 11211;

/**
 * The servers of a list, each of them once. The fault in a list that is none is described without quoting it, for it
 * may hold a password.
 */
export function parseMemcachedServers(servers: string): ServerAddress[] {
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
