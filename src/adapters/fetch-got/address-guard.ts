import { type LookupAddress, NOTFOUND } from 'node:dns';
import type http from 'node:http';
import { type LookupFunction, isIP } from 'node:net';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import type { HostAddresses } from './host-addresses.ts';

/*
 * The check lies where the connection is made, so that the address that was checked is the one that is connected to,
 * whatever the name resolves to a moment later, and no hop gets round it. Literal addresses are checked apart, as Node
 * never looks those up.
 *
 * Why not the package request-filtering-agent (3.2.1): it lets IPv4-compatible, ISATAP and 168.63.129.16 pass, warns
 * on the console at each request once its lists mix IPv4 with IPv6, and its errors can be told by their text alone.
 */

type Checker = Pick<HostAddresses, 'check'>;

/** What a request through a guarded agent says besides. */
export interface HopOptions extends http.ClientRequestArgs {
  /** What its host resolves to; without them nothing is connected to. */
  readonly addresses?: readonly LookupAddress[];
}

/**
 * From now on this agent connects to allowed addresses only, and only if all addresses of the host are allowed, whichever
 * would be connected to. Anything else fails with a SourceForbiddenError.
 */
export function guardAddresses(agent: http.Agent, hosts: Checker): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options: HopOptions, onConnection) => {
    const { socketPath, addresses = [] } = options;
    const host = options.host ?? '';
    if (socketPath) throw new SourceForbiddenError(`a socket file: ${socketPath}`);
    hosts.check(host, [...literally(host), ...addresses]);
    return connect({ ...options, lookup: lookupIn(addresses) }, onConnection);
  };
  // A connection is used again only for the addresses with which it was made.
  const nameOf = agent.getName.bind(agent);
  agent.getName = (options: HopOptions = {}) => `${nameOf(options)}:${listOf(options.addresses)}`;
}

function literally(host: string): LookupAddress[] {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family === 0 ? [] : [{ address, family }];
}

function lookupIn([first, ...others]: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, callback) => {
    // Node would throw at an empty answer, where nobody can catch it.
    if (first === undefined) callback(noAddress(hostname), []);
    else if (all === true) callback(null, [first, ...others]);
    else callback(null, first.address, first.family);
  };
}

function noAddress(hostname: string): Error {
  return Object.assign(new Error(`${hostname} has no address`), { code: NOTFOUND });
}

function listOf(addresses: HopOptions['addresses'] = []): string {
  return addresses
    .map(({ address }) => address)
    .toSorted()
    .join();
}
