import { InvalidRequestError, SourceForbiddenError } from '../errors/index.ts';
import { type HostPattern, matchesHost } from './host-pattern.ts';
import type { SourceServer, SourceUrl } from '../request/source-url.ts';
import { isStoreAddress } from '../request/store-address.ts';
import { type SourcePrefix, isWithin } from './source-prefix.ts';

/** Which sources may be fetched, as far as an address itself tells; what it resolves to is the fetcher's to judge. */
export interface SourcePolicy {
  readonly allowedPorts: readonly PortRange[];
  /** Undefined lets any public host pass; an object in a store has none. */
  readonly allowedHosts: readonly HostPattern[] | undefined;
  /** Addresses that may be fetched by how they begin, whatever their host, scheme and port. */
  readonly allowedPrefixes?: readonly SourcePrefix[];
  /** In characters; undefined for `MAX_URL_LENGTH`. The first address is held to it as it is read. */
  readonly maxUrlLength?: number;
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
  const { server } = source;
  const isNamed = source.isInBase || policy.allowedPrefixes?.some((prefix) => isWithin(source, prefix));
  if (server === undefined) {
    if (isNamed !== true) refuseStore(source, policy);
    return;
  }
  const { hostname, port } = server;
  if (isNamed !== true) checkServer(server, policy);
  if (policy.isOwnAddress(hostname, port)) {
    throw new SourceForbiddenError(`${hostname}:${port} is this service itself`);
  }
}

function refuseStore({ host }: SourceUrl, { allowedPrefixes = [] }: SourcePolicy): never {
  if (allowedPrefixes.some(isStoreAddress)) {
    throw new SourceForbiddenError(`${host} is not among the allowed sources`);
  }
  throw new InvalidRequestError('url', 'Only URLs that start with http:// or https:// can be fetched.');
}

function checkServer({ hostname, port }: SourceServer, policy: SourcePolicy): void {
  if (!policy.allowedPorts.some(({ from, to }) => from <= port && port <= to)) {
    throw new InvalidRequestError(
      'url',
      `This service doesn't fetch images from port ${port}. Use a URL with ${ports(policy)}. If you run it, see ALLOWED_SOURCE_PORTS.`,
    );
  }
  if (policy.allowedHosts !== undefined && !matchesHost(hostname, policy.allowedHosts)) {
    throw new SourceForbiddenError(`host ${hostname} is not among the allowed sources`);
  }
}

function ports(policy: SourcePolicy): string {
  const ranges = policy.allowedPorts.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return `port ${ranges.join(' or ')}`;
}
