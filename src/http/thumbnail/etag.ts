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
