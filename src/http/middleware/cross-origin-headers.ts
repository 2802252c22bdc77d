import type { Middleware } from 'koa';
import type { CrossOrigin } from '../cross-origin.ts';
import type { RequestContext, RequestState } from '../server/request-state.ts';

/** What programs ask for, and so the scripts of other sites: not the pages. */
const API_PATHS: readonly string[] = ['/thumbnail', '/info', '/openapi.json'];

/** Lets scripts of other sites read the API's answers and every problem document. Thumbnails and infos bring these headers themselves. */
export function crossOriginHeaders(crossOrigin: CrossOrigin): Middleware<RequestState> {
  return async (ctx, next) => {
    await next();
    // A preflight has headers of its own.
    if (ctx.respond === false || ctx.method === 'OPTIONS') return;
    if (isForPrograms(ctx)) allow(ctx, crossOrigin);
  };
}

function isForPrograms({ path, type }: RequestContext): boolean {
  return type === 'application/problem+json' || (API_PATHS.includes(path) && type !== 'text/html');
}

function allow(ctx: RequestContext, crossOrigin: CrossOrigin): void {
  if (crossOrigin.dependsOnOrigin(ctx.method)) ctx.vary('Origin');
  const headers = crossOrigin.headersFor(ctx.req);
  for (let at = 0; at < headers.length; at += 2) ctx.set(headers[at] ?? '', headers[at + 1] ?? '');
  // Browsers name the status of a failed <img> only where the page may have the answer at all.
  if (headers.length > 0) ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
}
