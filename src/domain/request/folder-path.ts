import { InvalidRequestError } from '../errors/index.ts';

/** `.` or `..`, also with what some servers cut off behind a semicolon. */
const DOTS = /^\.\.?(;|$)/;

/** What a server may decode, once or more often, as each `25` is a `%` again: `.`, `/`, `;` and `\`. */
const ENCODED = /%(?:25)*(2e|2f|3b|5c)/gi;

/** Whether a path could lead out of its folder at a server that decodes it, once or more often. */
export function leavesFolder(path: string): boolean {
  const decoded = path.replace(ENCODED, (_, digits: string) => decodeURIComponent(`%${digits}`));
  return decoded.split(/[/\\]/).some((part) => DOTS.test(part));
}

/**
 * The decoded text of a percent-encoded path below a folder, and the same in one spelling. Neither begins with a slash.
 *
 * @throws InvalidRequestError where it has a query or a fragment, cannot be decoded, or could lead out of the folder
 */
export function pathWithinFolder(text: string): { readonly decoded: string; readonly encoded: string } {
  if (/[?#]/.test(text)) {
    throw new InvalidRequestError('url', 'A path has no query here. Write ? as %3F and # as %23 in it.');
  }
  try {
    const decoded = decodeURIComponent(text);
    const encoded = decoded.split('/').map(encodeURIComponent).join('/');
    if (!leavesFolder(text) && !decoded.includes('\0')) return { decoded, encoded };
  } catch {
    throw new InvalidRequestError('url', 'The path is not valid. Percent-encode it, and write % as %25.');
  }
  throw unfollowedPath();
}

/** For a path that could lead out of its folder. */
export function unfollowedPath(): InvalidRequestError {
  return new InvalidRequestError(
    'url',
    'The path has parts that this service does not follow, such as "..". Write it without them.',
  );
}
