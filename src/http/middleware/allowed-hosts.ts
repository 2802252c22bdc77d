import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { type HostPattern, matchesHost } from '../../domain/access/host-pattern.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestContext, RequestState } from '../server/request-state.ts';

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
    if (!ctx.state.isAdmitted) checkHostField(ctx);
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

/**
 * A request has one Host field (RFC 9112, 3.2): of two, a proxy in front may have gone by the other one.
 *
 * @throws InvalidRequestError
 */
function checkHostField(ctx: RequestContext): void {
  const count = countHostFields(ctx.req);
  if (count === 1 || (count === 0 && ctx.req.httpVersion === '1.0')) return;
  // Nobody knows what else on this connection is taken for something else.
  ctx.set('Connection', 'close');
  const sentence =
    count === 0 ? 'The request has no Host field.' : 'The request has more than one Host field.';
  throw new InvalidRequestError('request', `${sentence} Send one.`);
}

function countHostFields({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** Whether a request names a listed host wherever it names one. */
export function isForAllowedHost(request: IncomingMessage, patterns: readonly HostPattern[]): boolean {
  const { headers, url = '' } = request;
  if (countHostFields(request) !== 1) return false;
  const target = url.startsWith('/') ? undefined : ABSOLUTE_TARGET.exec(url)?.[1];
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
