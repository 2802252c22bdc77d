import type { Middleware } from 'koa';
import { type HostPattern, matchesHost } from '../../domain/host-pattern.ts';
import { HttpFault } from '../error-responses.ts';

/** A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
const HOST_HEADER = /^([a-z0-9.-]+|\[[a-f0-9:.]+\])(?::\d{1,5})?$/i;

/**
 * Answers only to the host names that the operator has listed. The Host header alone counts; what a client says in
 * X-Forwarded-Host does not.
 */
export function allowedHosts(patterns: readonly HostPattern[]): Middleware {
  return async (ctx, next) => {
    const hostname = HOST_HEADER.exec(ctx.get('Host'))?.[1];
    if (hostname === undefined || !matchesHost(hostname, patterns)) {
      throw new HttpFault(
        'host-not-allowed',
        'Use the address that this service is known by; its operator sets it in ALLOWED_HOSTS.',
      );
    }
    await next();
  };
}
