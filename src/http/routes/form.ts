import type { Middleware } from 'koa';
import { SignatureRequiredError } from '../../domain/errors/index.ts';
import { asBuffer } from '../../domain/image/bytes.ts';
import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import { discardBody } from '../server/discard-body.ts';
import { type Problem, toProblem } from '../error-responses.ts';
import { type FormOptions, type ReceivedForm, receiveForm } from '../body/form-body.ts';
import { faultOfForm } from '../pages/form-fault.ts';
import { formOptionViews } from '../pages/form-options.ts';
import {
  FORM_FIELDS,
  type FormSourceOptions,
  type FormThumbnail,
  thumbnailOfForm,
} from '../pages/form-source.ts';
import { setProblemHeaders } from '../middleware/error-answers.ts';
import { originOf } from '../pages/origin.ts';
import { otherFormats } from '../pages/other-formats.ts';
import type { Pages, ResultView } from '../pages/pages.ts';
import type { RecentPages } from '../pages/recent-pages.ts';
import { sendPage } from '../pages/send-page.ts';
import type { Site } from '../site.ts';
import { ClientLeftError, type RequestContext, type RequestState } from '../server/request-state.ts';

export interface FormRouteOptions extends FormOptions, FormSourceOptions {
  readonly pages: Pages;
  /** Of results. */
  readonly recentPages: RecentPages;
  readonly site: Site;
  /** Host name of this process, for the result page. */
  readonly serverName: string;
}

/** Either says which image is meant; a form sends both, the other one empty. */
const IMAGE_FIELDS: readonly string[] = ['image_url', 'sample'];

/**
 * `GET /`: the form; with the fields of one that was filled in, what `POST /` answers: the address of a result, to be shared
 * and gone back to. Other parameters are somebody else's, such as those of links in letters.
 */
export function formPage(options: FormRouteOptions): Middleware<RequestState> {
  const { pages, limits } = options;
  return async (ctx) => {
    const given = [...new URLSearchParams(ctx.querystring)];
    const fields = new URLSearchParams(given.filter(([name]) => FORM_FIELDS.includes(name)));
    const isFilledIn = given.some(([name, value]) => IMAGE_FIELDS.includes(name) && value !== '');
    if (isFilledIn) await answerForm(ctx, () => Promise.resolve({ fields }), options);
    else
      sendPage(
        ctx,
        pages.form({
          imageUrl: '',
          hadFile: false,
          options: formOptionViews(limits, (name) => fields.get(name)),
        }),
      );
  };
}

/** `GET /` where there is no form, or none that a person could use: what this is, and where its API is described. */
export function aboutPage(pages: Pages): Middleware<RequestState> {
  return (ctx) => {
    sendPage(ctx, pages.about());
  };
}

/** `POST /` where every request has to be signed. */
export function refuseForm(): Middleware<RequestState> {
  return () => {
    throw new SignatureRequiredError();
  };
}

/** `POST /`: the thumbnail with its facts, or the form again with what went wrong. */
export function submitForm(options: FormRouteOptions): Middleware<RequestState> {
  return (ctx) => answerForm(ctx, () => receiveForm(ctx, options), options);
}

async function answerForm(
  ctx: RequestContext,
  receive: () => Promise<ReceivedForm>,
  options: FormRouteOptions,
): Promise<void> {
  ctx.vary('Accept');
  let form: ReceivedForm | undefined;
  try {
    form = await receive();
    using _upload = form.upload;
    const made = await thumbnailOfForm(ctx, form, options);
    ctx.state.result = made.result;
    const processingTimeMs = Math.round(performance.now() - ctx.state.startedAtMs);
    const others =
      made.view.kind === 'url'
        ? []
        : await otherFormats(made, made.result.entry.thumbnail.format, options, ctx.state);
    sendPage(ctx, resultPage(ctx, made, { processingTimeMs, others }, options));
  } catch (error) {
    const problem = toProblem(error);
    // A defect has a page of its own, with the id to ask about; and nobody reads what a client that left is sent.
    if (problem.code === 'internal' || error instanceof ClientLeftError) throw error;
    ctx.state.error = error;
    await discardBody(ctx.req);
    sendPage(ctx, formAgain(ctx, form, { error, problem }, options));
    ctx.status = problem.status;
    setProblemHeaders(ctx, problem);
  }
}

function resultPage(
  ctx: RequestContext,
  { view: source, options, size, askedBy, result: { entry, cacheStatus, timings } }: FormThumbnail,
  { processingTimeMs, others }: Pick<ResultView, 'processingTimeMs' | 'others'>,
  { pages, recentPages, limits, serverName, site }: FormRouteOptions,
): string | Buffer {
  const { bytes, format, width, height, original } = entry.thumbnail;
  const origin = originOf(ctx) + site.basePath;
  const render = () => {
    const dataUri = `data:${MEDIA_TYPES[format]};base64,${asBuffer(bytes).toString('base64')}`;
    return pages.result({
      ...{ origin, limits, source, options, size, original },
      thumbnail: { width, height, bytes: bytes.length, format, dataUri },
      ...{ others, processingTimeMs, serverName, cacheStatus, timings },
    });
  };
  if (cacheStatus !== 'hit' || source.kind !== 'url' || askedBy === undefined) return render();
  return recentPages.find([origin, askedBy, original, entry.etag], processingTimeMs, render);
}

/** The form with what was entered, as far as it could be read, and with what went wrong. */
function formAgain(
  ctx: RequestContext,
  form: ReceivedForm | undefined,
  { error, problem }: { readonly error: unknown; readonly problem: Problem },
  { pages, limits }: FormRouteOptions,
): string {
  const isUpload = form === undefined ? Boolean(ctx.is('multipart')) : form.image !== undefined;
  return pages.form({
    imageUrl: form?.fields.get('image_url') ?? '',
    options: formOptionViews(limits, (field) => form?.fields.get(field)),
    hadFile: isUpload,
    error: faultOfForm(error, problem, isUpload),
  });
}
