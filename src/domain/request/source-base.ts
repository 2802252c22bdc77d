import { leavesFolder, pathWithinFolder, unfollowedPath } from './folder-path.ts';
import { parseStoreAddress } from './store-address.ts';

/** Where addresses that are paths lead: the URL of a website, a store or a folder (`file:`) that ends with a slash. */
export type SourceBase = string;

/** @throws Error where it is none */
export function parseSourceBase(text: string): SourceBase {
  const ended = text.endsWith('/') ? text : `${text}/`;
  const stored = parseStoreAddress(ended);
  if (stored !== undefined) return stored;
  const { href, protocol, search, hash, username, password, host } = new URL(ended);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  const isFolder = protocol === 'file:' && host === '' && /^file:\/\//i.test(text);
  if (!isWeb && !isFolder) throw new Error('another scheme');
  if (`${search}${hash}${username}${password}` !== '') throw new Error('more than a prefix');
  return href;
}

/**
 * Where a path leads: below the base, whatever it is made of.
 *
 * @param path begins with a slash, percent-encoded as in any URL
 * @throws InvalidRequestError where it could lead out of the base
 */
export function resolveInBase(path: string, base: SourceBase): URL {
  const relative = path.slice(1);
  if (!/^https?:/.test(base)) return new URL(base + pathWithinFolder(relative).encoded);
  const url = URL.parse(base + relative);
  if (url?.href.startsWith(base) !== true || leavesFolder(url.pathname)) throw unfollowedPath();
  return url;
}
