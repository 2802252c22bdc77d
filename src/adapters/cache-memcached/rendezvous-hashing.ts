import { hash } from 'node:crypto';

/**
 * The servers in another order for every key (rendezvous hashing). So a server's outage, or a change in the list, moves
 * no other keys than that server's.
 */
export function rendezvousOrder<T extends { readonly address: string }>(
  servers: readonly T[],
  key: string,
): readonly T[] {
  if (servers.length < 2) return servers;
  return servers
    .map((server) => ({ server, rank: hash('sha256', `${server.address} ${key}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ server }) => server);
}
