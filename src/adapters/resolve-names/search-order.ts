import type { ResolverSettings } from './resolv-conf.ts';

type Search = Pick<ResolverSettings, 'search' | 'ndots'>;

/** The names to look up for a name, in their order, as resolv.conf(5) has it; a dot at the end leaves the one as it is. */
export function searchOrder(hostname: string, { search, ndots }: Search): string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)];
  const inDomains = search.map((domain) => `${hostname}.${domain}`);
  const dots = hostname.split('.').length - 1;
  return dots >= ndots ? [hostname, ...inDomains] : [...inDomains, hostname];
}

/** Domains that do not exist on the public internet: names below them belong to a private network. */
const INSIDE = ['internal', 'local', 'lan', 'home.arpa'];

/** Whether a name belongs to a private network, as far as the name alone shows. */
export function isInside(hostname: string, { search }: Pick<Search, 'search'>): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (!name.includes('.')) return true;
  return [...INSIDE, ...search].some((domain) => name === domain || name.endsWith(`.${domain}`));
}
