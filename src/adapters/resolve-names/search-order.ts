import type { ResolverSettings } from './resolv-conf.ts';

type Search = Pick<ResolverSettings, 'search' | 'ndots'>;

/** The names to look up for a name, in their order, as resolv.conf(5) has it; a dot at the end leaves the one as it is. */
export function searchOrder(hostname: string, { search, ndots }: Search): string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)];
  const inDomains = search.map((domain) => `${hostname}.${domain}`);
  const dots = hostname.split('.').length - 1;
  return dots >= ndots ? [hostname, ...inDomains] : [...inDomains, hostname];
}

/** Domains that nobody has on the public internet: what is below them is somebody's own network. */
const INSIDE = ['internal', 'local', 'lan', 'home.arpa'];

/** Whether a name is one of a network inside, as far as the name alone tells. */
export function isInside(hostname: string, { search }: Pick<Search, 'search'>): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (!name.includes('.')) return true;
  return [...INSIDE, ...search].some((domain) => name === domain || name.endsWith(`.${domain}`));
}
