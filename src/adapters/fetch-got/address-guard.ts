import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import { type AddressPolicy, whyForbidden } from './address-rules.ts';
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
  readonly addresses: AddressPolicy;
  /** `dns.lookup` unless a test says otherwise. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Agents that connect to allowed addresses only; anything else fails with a SourceForbiddenError. They keep no idle
 * connection, and have no `proxyEnv`, so that no proxy of the environment looks names up in their place.
 */
export function guardedAgents({ addresses, lookup }: GuardOptions): { http: http.Agent; https: https.Agent } {
  const checkedLookup = guardLookup(lookup ?? dns.lookup, addresses);
  return {
    http: guard(new http.Agent({ keepAlive: false }), checkedLookup, addresses),
    https: guard(new https.Agent({ keepAlive: false }), checkedLookup, addresses),
  };
}

function guard<A extends http.Agent>(agent: A, lookup: LookupFunction, addresses: AddressPolicy): A {
  const guarded: http.Agent = agent;
  const connect = guarded.createConnection.bind(guarded);
  guarded.createConnection = (options, onConnection) => {
    checkLiteral(options, addresses);
    const connection = connect({ ...options, lookup }, onConnection);
    if (connection) markAsOwn(connection);
    return connection;
  };
  return agent;
}

function checkLiteral({ host, socketPath }: http.ClientRequestArgs, addresses: AddressPolicy): void {
  if (socketPath) throw new SourceForbiddenError(`a socket file: ${socketPath}`);
  const literal = host?.replace(/^\[(.*)\]$/, '$1') ?? '';
  if (isIP(literal) === 0) return;
  const refusal = refusalOf(literal, addressesOf(literal), addresses);
  if (refusal !== undefined) throw refusal;
}

/** Looks a name up and answers only when every one of its addresses is allowed, whichever would be connected to. */
function guardLookup(lookup: LookupFunction, addresses: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answer) => {
      const found = error === null ? addressesOf(answer) : [];
      const [first] = found;
      const refusal = error ?? refusalOf(hostname, found, addresses);
      if (refusal !== undefined) callback(refusal, []);
      // Node would throw at an empty answer, where nobody can catch it.
      else if (first === undefined) callback(noAddressOf(hostname), []);
      else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

function refusalOf(
  hostname: string,
  found: readonly dns.LookupAddress[],
  addresses: AddressPolicy,
): SourceForbiddenError | undefined {
  for (const { address } of found) {
    const reason = whyForbidden(address, addresses);
    if (reason !== undefined) return new SourceForbiddenError(`${hostname} is ${address}: ${reason}`);
  }
  return undefined;
}

function addressesOf(answer: string | dns.LookupAddress[]): dns.LookupAddress[] {
  return typeof answer === 'string' ? [{ address: answer, family: isIP(answer) }] : answer;
}

function noAddressOf(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: dns.NOTFOUND });
}
