import { InvalidRequestError, SourceForbiddenError } from '../errors/index.ts';
import { type HostPattern, matchesHost } from './host-pattern.ts';
import type { SourceUrl } from '../request/source-url.ts';

/** Which sources may be fetched, as far as an address itself tells; what it resolves to is the fetcher's to judge. */
export interface SourcePolicy {
  readonly allowedPorts: readonly PortRange[];
  /** Undefined lets any public host pass. */
  readonly allowedHosts: readonly HostPattern[] | undefined;
  /** Whether host and port are this service's own, which would have it call itself. */
  readonly isOwnAddress: (hostname: string, port: number) => boolean;
}

/** Both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Checks one address, the first or that of any redirect.
 *
 * @throws InvalidRequestError for a port that is not allowed; SourceForbiddenError for a host that is not
 */
export function checkSource(source: SourceUrl, policy: SourcePolicy): void {
  const { hostname, port: explicitPort, protocol } = new URL(source.href);
  const port = explicitPort === '' ? defaultPort(protocol) : Number(explicitPort);
  if (!policy.allowedPorts.some(({ from, to }) => from <= port && port <= to)) {
    throw new InvalidRequestError(
      'url',
      `This service doesn't fetch images from port ${port}. Use a URL with ${ports(policy)}.`,
    );
  }
  if (policy.allowedHosts !== undefined && !matchesHost(hostname, policy.allowedHosts)) {
    throw new SourceForbiddenError(`host ${hostname} is not among the allowed sources`);
  }
  if (policy.isOwnAddress(hostname, port)) {
    throw new SourceForbiddenError(`${hostname}:${port} is this service itself`);
  }
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}

function ports(policy: SourcePolicy): string {
  const ranges = policy.allowedPorts.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return `port ${ranges.join(' or ')}`;
}
