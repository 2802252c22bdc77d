import { leavesFolder } from '../request/folder-path.ts';
import { type SourceUrl, toSourceUrl } from '../request/source-url.ts';
import { parseStoreAddress } from '../request/store-address.ts';

/** The beginning of addresses that may be fetched, in their one spelling: `https://s3.amazonaws.com/my-bucket/`. */
export type SourcePrefix = string;

/** @throws Error where it is none */
export function parseSourcePrefix(text: string): SourcePrefix {
  const stored = parseStoreAddress(text);
  if (stored !== undefined) return stored;
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '') throw new Error('more than a prefix');
  return toSourceUrl(url).canonical;
}

/**
 * Whether an address begins with the prefix, which ends between two parts of a path: `https://a.example/b` has
 * `/b`, `/b?c` and `/b/c`, and not `/bc`. A path that the server might take for another one is within none.
 */
export function isWithin({ canonical, href }: SourceUrl, prefix: SourcePrefix): boolean {
  if (!canonical.startsWith(prefix)) return false;
  const rest = canonical.slice(prefix.length);
  return (prefix.endsWith('/') || /^([/?]|$)/.test(rest)) && !leavesFolder(new URL(href).pathname);
}
