import { type LookupAddress, NOTFOUND } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import type { HostAddresses } from './host-addresses.ts';
import { readLeniently } from './lenient-answers.ts';
import { markAsOwn } from './read-memory.ts';

/*
 * The check lies where the connection is made, so that the address that was checked is the one that is connected to,
 * whatever the name resolves to a moment later, and no hop gets round it. Literal addresses are checked apart, as Node
 * never looks those up.
 *
 * Why not the package request-filtering-agent (3.2.1): it lets IPv4-compatible, ISATAP and 168.63.129.16 pass, warns
 * on the console at each request once its lists mix IPv4 with IPv6, and its errors can be told by their text alone.
 */

interface GuardOptions {
  readonly hosts: Pick<HostAddresses, 'check'>;
  /** The addresses of a name; they need not have been checked. */
  readonly resolve: (hostname: string) => Promise<readonly LookupAddress[]>;
}

export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/**
 * Agents that connect to allowed addresses only; anything else fails with a SourceForbiddenError. They keep no idle
 * connection, and have no `proxyEnv`, so that no proxy of the environment looks names up in their place.
 */
export function guardedAgents(options: GuardOptions): Agents {
  return {
    http: guard(new http.Agent({ keepAlive: false }), options),
    https: guard(new https.Agent({ keepAlive: false }), options),
  };
}

function guard<A extends http.Agent>(agent: A, { hosts, resolve }: GuardOptions): A {
  const guarded: http.Agent = agent;
  const connect = guarded.createConnection.bind(guarded);
  const lookup = checkedLookup({ hosts, resolve });
  guarded.createConnection = (options, onConnection) => {
    checkLiteral(options, hosts);
    const connection = connect({ ...options, lookup }, onConnection);
    if (connection) {
      markAsOwn(connection);
      readLeniently(connection);
    }
    return connection;
  };
  return agent;
}

function checkLiteral({ host, socketPath }: http.ClientRequestArgs, hosts: GuardOptions['hosts']): void {
  if (socketPath) throw new SourceForbiddenError(`a socket file: ${socketPath}`);
  const literal = host?.replace(/^\[(.*)\]$/, '$1') ?? '';
  const family = isIP(literal);
  if (family !== 0) hosts.check(literal, [{ address: literal, family }]);
}

/** Looks a name up and answers only when every one of its addresses is allowed, whichever would be connected to. */
function checkedLookup({ hosts, resolve }: GuardOptions): LookupFunction {
  const allowed = async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await resolve(hostname);
    // Node would throw at an empty answer, where nobody can catch it.
    if (first === undefined) throw Object.assign(new Error(`${hostname} has no address`), { code: NOTFOUND });
    hosts.check(hostname, [first, ...others]);
    return [first, ...others];
  };
  return (hostname, options, callback) => {
    allowed(hostname).then(
      (found) => {
        if (options.all === true) callback(null, found);
        else callback(null, found[0].address, found[0].family);
      },
      (error: unknown) => callback(error as Error, []),
    );
  };
}
