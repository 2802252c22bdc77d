import type { Middleware } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { MEDIA_TYPES } from '../../domain/formats.ts';
import { parseSourceUrl } from '../../domain/source-url.ts';
import type { ThumbnailRequest } from '../../domain/thumbnail-request.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/thumbnail-service.ts';
import { asBuffer } from '../bytes.ts';
import { type Problem, toProblem } from '../error-responses.ts';
import { setProblemHeaders } from '../middleware/error-answers.ts';
import { formFields } from '../middleware/form-body.ts';
import { negotiate } from '../negotiation.ts';
import type { Pages } from '../pages.ts';
import { parseSize, readParameters } from '../parameters.ts';
import { ClientLeftError, type RequestState } from '../request-state.ts';

export interface FormRouteOptions {
  readonly service: ThumbnailService;
  readonly pages: Pages;
  /** Sizes in pixels that the form offers. */
  readonly sizes: readonly number[];
  /** Host name of this process, for the result page. */
  readonly serverName: string;
}

type Route = Middleware<RequestState>;
type Context = Parameters<Route>[0];

/** `GET /`: the form. */
export function formPage({ pages, sizes }: FormRouteOptions): Route {
  return (ctx) => {
    sendPage(ctx, pages.form({ sizes, imageUrl: '', size: defaultSize(sizes) }));
  };
}

/** `POST /`: the thumbnail with its facts, or the form again with what went wrong. */
export function submitForm(options: FormRouteOptions): Route {
  return async (ctx) => {
    const fields = formFields(ctx);
    ctx.vary('Accept');
    try {
      const request = parseForm(fields, ctx.get('Accept'), options.sizes);
      ctx.state.sourceHost = request.source.host;
      const result = await options.service.create(request, { signal: ctx.state.signal });
      ctx.state.result = result;
      sendPage(ctx, resultPage(ctx, request, result, options));
    } catch (error) {
      const problem = toProblem(error);
      // A defect has a page of its own, with the id to ask about; and nobody reads what a client that left is sent.
      if (problem.code === 'internal' || error instanceof ClientLeftError) throw error;
      ctx.state.error = error;
      sendPage(ctx, formAgain(fields, problem, error, options));
      ctx.status = problem.status;
      setProblemHeaders(ctx, problem);
    }
  };
}

function parseForm(fields: URLSearchParams, accept: string, sizes: readonly number[]): ThumbnailRequest {
  const values = readParameters(fields, ['image_url', 'thumbnail_size']);
  return {
    source: parseSourceUrl(values.image_url ?? ''),
    size: parseSize(values.thumbnail_size, sizes),
    fit: 'inside',
    format: negotiate(accept),
  };
}

function resultPage(
  ctx: Context,
  request: ThumbnailRequest,
  { entry, cacheStatus, timings }: ThumbnailResult,
  { pages, sizes, serverName }: FormRouteOptions,
): string {
  const { bytes, format, width, height, original } = entry.thumbnail;
  const base64 = asBuffer(bytes).toString('base64');
  return pages.result({
    origin: originOf(ctx),
    sizes,
    imageUrl: request.source.href,
    size: request.size,
    original,
    thumbnail: {
      width,
      height,
      bytes: bytes.length,
      format,
      dataUri: `data:${MEDIA_TYPES[format]};base64,${base64}`,
    },
    processingTimeMs: Math.round(performance.now() - ctx.state.startedAtMs),
    serverName,
    cacheStatus,
    timings,
  });
}

/**
 * Where the person is, for the addresses to copy. The host has been checked against those allowed. A proxy that ends TLS
 * says so in X-Forwarded-Proto; whoever forges it is shown the other scheme, and nobody else: the page is not stored.
 */
function originOf(ctx: Context): string {
  const isSecure = ctx.secure || /^\s*https\s*(,|$)/i.test(ctx.get('X-Forwarded-Proto'));
  return `${isSecure ? 'https' : 'http'}://${ctx.host}`;
}

/** The form with what was entered, and the fault beside the field that it concerns. */
function formAgain(
  fields: URLSearchParams,
  { title, detail, code }: Problem,
  error: unknown,
  { pages, sizes }: FormRouteOptions,
): string {
  const chosen = Number(fields.get('thumbnail_size'));
  const field = error instanceof InvalidRequestError ? error.field : 'url';
  return pages.form({
    sizes,
    imageUrl: fields.get('image_url') ?? '',
    size: sizes.includes(chosen) ? chosen : defaultSize(sizes),
    error: {
      // Whatever is wrong with the address, a person reads it as one sentence: it cannot be opened.
      title:
        code === 'invalid-request' && field === 'url'
          ? "Can't open image URL: the address is not valid"
          : title,
      detail,
      code,
      ...((field === 'url' || field === 'size') && { field }),
    },
  });
}

function sendPage(ctx: Context, html: string): void {
  ctx.status = 200;
  ctx.type = 'text/html; charset=utf-8';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = html;
}

/** The middle one: neither the least nor the most. */
function defaultSize(sizes: readonly number[]): number {
  return sizes[Math.floor(sizes.length / 2)] ?? 128;
}
