import { isIP } from 'node:net';
import type { HostPattern } from '../domain/access/host-pattern.ts';

/** Names that nobody elsewhere can look up. */
const INNER_NAME = /\.(localhost|local|internal|lan|home\.arpa|test|invalid)$/;

/**
 * What sources see of the service: image hosts such as Wikimedia's want to know whom to turn to, and its own first page
 * says what it is.
 */
export function defaultUserAgent(allowedHosts: readonly HostPattern[]): string {
  const name = allowedHosts.find(isPublicName);
  return name === undefined ? 'thumbnailer' : `thumbnailer (+https://${name}/)`;
}

function isPublicName(host: HostPattern): boolean {
  return /^[^.[*].*\.[^.]+$/.test(host) && isIP(host) === 0 && !INNER_NAME.test(host);
}
