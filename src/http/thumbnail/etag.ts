import { HttpFault } from '../error-responses.ts';

/**
 * Whether an `If-None-Match` names this entity, by the weak comparison that RFC 9110 (13.1.2) asks for there. A
 * `Cache-Control: no-cache` beside it changes nothing: the entity was just looked at.
 *
 * @param etag without quotation marks
 */
export function matchesEtag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === '') return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/(?:W\/)?"([^"]*)"/g)].some(([, listed]) => listed === etag);
}

/**
 * Refuses a request that wants another entity than this one (`If-Match`), by the strong comparison of RFC 9110 (13.1.1).
 *
 * @throws HttpFault
 */
export function checkIfMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const listed = [...ifMatch.matchAll(/(W\/)?"([^"]*)"/g)];
  if (listed.some(([, weak, tag]) => weak === undefined && tag === etag)) return;
  throw new HttpFault(
    'precondition-failed',
    'The thumbnail is not the version that If-Match names. Send the request without If-Match.',
  );
}
