import type { Middleware } from 'koa';
import { formatChoices } from '../../domain/errors/units.ts';
import { discardBody } from '../server/discard-body.ts';
import { HttpFault, type Problem, toProblem } from '../error-responses.ts';
import type { Pages } from '../pages/pages.ts';
import { ClientLeftError, type RequestContext, type RequestState } from '../server/request-state.ts';
import { SWITCHED_OFF } from '../switched-off.ts';
import { hostToAllow } from './allowed-hosts.ts';
import { maxAgeSeconds } from '../thumbnail/max-age.ts';

/** How long a cache may keep the news that a source is not there. */
const NOT_FOUND_MAX_AGE_SECONDS = 60;

/** All that routes here have, in the order in which they are named. */
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'] as const;

/** Answers every error that comes up from below: pages to those who ask for them, problem documents to programs. */
export function errorAnswers(pages: Pages): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw unanswered(ctx);
    } catch (error) {
      ctx.state.error = error;
      if (error instanceof ClientLeftError) {
        // Nobody is there to answer; Koa would otherwise send a 404 into the closed connection.
        ctx.respond = false;
        return;
      }
      await discardBody(ctx.req);
      answer(ctx, toProblem(error), pages);
    }
  };
}

function answer(ctx: RequestContext, problem: Problem, pages: Pages): void {
  const { requestId } = ctx.state;
  ctx.status = problem.status;
  setProblemHeaders(ctx, problem);
  if (wantsPage(ctx)) {
    ctx.type = 'text/html; charset=utf-8';
    const missingHost = problem.code === 'host-not-allowed' ? hostToAllow(ctx.req) : undefined;
    ctx.body = pages.error({ ...problem, requestId, missingHost });
    return;
  }
  const { title, status, detail, code } = problem;
  ctx.body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail,
    instance: `urn:request:${requestId}`,
    code,
  });
  ctx.type = 'application/problem+json';
}

/** Also for the form page, which answers its own faults with the same headers. */
export function setProblemHeaders(ctx: RequestContext, problem: Problem): void {
  const maxAge = maxAgeSeconds(NOT_FOUND_MAX_AGE_SECONDS, ctx.state.signature);
  ctx.set('Cache-Control', problem.code === 'source-not-found' ? `public, max-age=${maxAge}` : 'no-store');
  if (problem.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(problem.retryAfterSeconds));
  // A body that has not come to its end leaves the connection unusable for the next request.
  if (!ctx.req.complete) ctx.set('Connection', 'close');
}

/** A person's browser names HTML first; a program, an <img> and curl do not. */
function wantsPage(ctx: RequestContext): boolean {
  if (ctx.path === '/') return true;
  return ctx.path !== '/thumbnail' && ctx.path !== '/info' && ctx.get('Accept').includes('text/html');
}

/** Nothing has answered: no route of that path, or none for that method. */
function unanswered(ctx: RequestContext): HttpFault {
  const layers = matchedLayers(ctx).filter(({ name }) => name !== SWITCHED_OFF);
  const matched = new Set(layers.flatMap((layer) => layer.methods));
  const methods = METHODS.filter((method) => matched.has(method));
  if (methods.length === 0) {
    return new HttpFault('not-found', 'Check the address for typos.');
  }
  ctx.set('Allow', methods.join(', '));
  return new HttpFault(
    'method-not-allowed',
    `${ctx.method} isn't allowed here. Use ${formatChoices(methods)}.`,
  );
}

/** The router's record of which routes have this path, whatever their method. */
function matchedLayers(ctx: RequestContext): readonly Layer[] {
  return (ctx as { matched?: readonly Layer[] }).matched ?? [];
}

interface Layer {
  readonly name: string | undefined;
  readonly methods: readonly string[];
}
