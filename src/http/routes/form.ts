import type { Middleware } from 'koa';
import { InvalidRequestError, OverloadedError, SignatureRequiredError } from '../../domain/errors/index.ts';
import { MEDIA_TYPES } from '../../domain/formats.ts';
import { parseSourceUrl } from '../../domain/source-url.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/thumbnail-service.ts';
import type { Assets } from '../assets.ts';
import { asBuffer } from '../bytes.ts';
import { discardBody } from '../discard-body.ts';
import { type Problem, toProblem } from '../error-responses.ts';
import { type ReceivedForm, receiveForm } from '../form-body.ts';
import { setProblemHeaders } from '../middleware/error-answers.ts';
import { negotiate } from '../negotiation.ts';
import { sampleNamed } from '../page-samples.ts';
import type { SourceView } from '../page-source.ts';
import type { Pages } from '../pages.ts';
import { parseSize, readParameters } from '../parameters.ts';
import { ClientLeftError, type RequestState } from '../request-state.ts';
import type { UploadLimits } from '../upload/limits.ts';

export interface FormRouteOptions {
  readonly service: ThumbnailService;
  readonly pages: Pages;
  /** Sizes in pixels that the form offers. */
  readonly sizes: readonly number[];
  /** Host name of this process, for the result page. */
  readonly serverName: string;
  readonly uploads: UploadLimits;
  /** Among them the samples. */
  readonly assets: Assets;
}

/** What is asked for, and what came of it. */
interface Made {
  readonly source: SourceView;
  readonly size: number;
  readonly result: ThumbnailResult;
}

const FIELDS = ['image_url', 'thumbnail_size', 'sample'] as const;

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
    ctx.vary('Accept');
    let form: ReceivedForm | undefined;
    try {
      form = await receiveForm(ctx, options);
      using _room = form.room;
      const made = await make(ctx, form, options);
      ctx.state.result = made.result;
      sendPage(ctx, resultPage(ctx, made, options));
    } catch (error) {
      const problem = toProblem(error);
      // A defect has a page of its own, with the id to ask about; and nobody reads what a client that left is sent.
      if (problem.code === 'internal' || error instanceof ClientLeftError) throw error;
      ctx.state.error = error;
      await discardBody(ctx.req);
      const isUpload = form === undefined ? Boolean(ctx.is('multipart')) : form.image !== undefined;
      const fields = form?.fields ?? new URLSearchParams();
      sendPage(ctx, formAgain(fields, problem, fieldAtFault(error, isUpload), options));
      ctx.status = problem.status;
      setProblemHeaders(ctx, problem);
    }
  };
}

/** A sample's button says what is meant, whatever stands in the fields; a file that was chosen wins over an address. */
async function make(
  ctx: Context,
  { fields, image, receivedMs, room }: ReceivedForm,
  { service, sizes, assets }: FormRouteOptions,
): Promise<Made> {
  const values = readParameters(fields, FIELDS);
  const { signal } = ctx.state;
  const size = parseSize(values.thumbnail_size, sizes);
  const spec = { size, fit: 'inside', format: negotiate(ctx.get('Accept')) } as const;
  if (values.sample !== undefined) {
    const { name, path } = sampleNamed(values.sample);
    const result = await service.createFromImage(assets.bytes(path), spec, { signal, ...(room && { room }) });
    return { source: { kind: 'sample', name, href: originOf(ctx) + path }, size, result };
  }
  if (image !== undefined) {
    const made = await service.createFromImage(image.bytes, spec, { signal, ...(room && { room }) });
    const timings = { ...made.timings, ...(receivedMs !== undefined && { fetchMs: receivedMs }) };
    return { source: { kind: 'upload', name: image.name }, size, result: { ...made, timings } };
  }
  // There is no file after all, and the download asks for room of its own.
  room?.dispose();
  const source = parseSourceUrl(values.image_url ?? '');
  ctx.state.sourceHost = source.host;
  const result = await service.create({ source, ...spec }, { signal });
  return { source: { kind: 'url', href: source.href }, size, result };
}

function resultPage(
  ctx: Context,
  { source, size, result: { entry, cacheStatus, timings } }: Made,
  { pages, sizes, serverName }: FormRouteOptions,
): string {
  const { bytes, format, width, height, original } = entry.thumbnail;
  const base64 = asBuffer(bytes).toString('base64');
  return pages.result({
    origin: originOf(ctx),
    sizes,
    source,
    size,
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
  field: FormField | undefined,
  { pages, sizes }: FormRouteOptions,
): string {
  const chosen = Number(fields.get('thumbnail_size'));
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
      ...(field !== undefined && { field }),
    },
  });
}

type FormField = 'url' | 'image' | 'size';

/** What is not said of any field concerns the image, wherever it was to come from, if it is not of the service itself. */
function fieldAtFault(error: unknown, isUpload: boolean): FormField | undefined {
  if (error instanceof OverloadedError || error instanceof SignatureRequiredError) return undefined;
  if (!(error instanceof InvalidRequestError)) return isUpload ? 'image' : 'url';
  const { field } = error;
  return field === 'url' || field === 'image' || field === 'size' ? field : undefined;
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
