import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { type HostPattern, matchesHost } from '../../domain/access/host-pattern.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestState } from '../server/request-state.ts';

/** A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
const HOST_HEADER = /^([a-z0-9.-]+|\[[a-f0-9:.]+\])(?::\d{1,5})?$/i;

/** The authority of a request target in absolute form, which comes before the Host header (RFC 9112, 3.2.2). */
const ABSOLUTE_TARGET = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/**
 * Answers only to the host names that the operator has listed. The Host header counts, and an absolute request target;
 * what a client says in X-Forwarded-Host does not.
 *
 * @param files that the page needs which says so, and that anyone may have
 */
export function allowedHosts(
  patterns: readonly HostPattern[],
  files: readonly string[] = [],
): Middleware<RequestState> {
  return async (ctx, next) => {
    const isOpen = ctx.state.isAdmitted || files.includes(ctx.path);
    if (!isOpen && !isForAllowedHost(ctx.req, patterns)) {
      throw new HttpFault(
        'host-not-allowed',
        "Use the service's own address. If you run it, add this name to ALLOWED_HOSTS.",
      );
    }
    await next();
  };
}

/** Whether a request names a listed host wherever it names one. */
export function isForAllowedHost(
  { headers, url = '' }: IncomingMessage,
  patterns: readonly HostPattern[],
): boolean {
  const [, target] = ABSOLUTE_TARGET.exec(url) ?? [];
  return isListed(headers.host ?? '', patterns) && (target === undefined || isListed(target, patterns));
}

/** The host of a request as its operator can list it, to be shown to a person; nothing that is no name. */
export function hostToAllow({ headers: { host = '' } }: IncomingMessage): string | undefined {
  const [, name] = HOST_HEADER.exec(host) ?? [];
  return name !== undefined && name.length <= 100 ? name : undefined;
}

function isListed(authority: string, patterns: readonly HostPattern[]): boolean {
  const hostname = HOST_HEADER.exec(authority)?.[1];
  return hostname !== undefined && matchesHost(hostname, patterns);
}
