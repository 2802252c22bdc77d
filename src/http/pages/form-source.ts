import { longestSide } from '../../domain/image/target-box.ts';
import type { KeysOf } from '../../domain/cache/cache-key.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { Source } from '../../domain/request/source.ts';
import type { ThumbnailRequest } from '../../domain/request/source-request.ts';
import { parseTypedUrl } from '../../domain/request/source-url.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { RecentlyUsed } from '../recently-used.ts';
import type { ReceivedForm } from '../body/form-body.ts';
import type { RequestContext } from '../server/request-state.ts';
import { readParameters } from '../thumbnail/parameters.ts';
import { parseWish } from '../thumbnail/thumbnail-query.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import type { Assets } from './assets.ts';
import { FORM_OPTIONS, optionTextsOf } from './form-options.ts';
import { originOf } from './origin.ts';
import { sampleNamed } from './page-samples.ts';
import type { SourceView } from './page-source.ts';

export interface FormSourceOptions {
  readonly service: ThumbnailService;
  /** What may be asked for. */
  readonly limits: OptionLimits;
  /** Among them the samples. */
  readonly assets: Assets;
  readonly recentForms: RecentForms;
}

/** Forms that were sent last, with what they ask for: to be parsed, and its key computed, once. */
export type RecentForms = RecentlyUsed<FormQuery>;

/** Of each half of those that are kept. */
const MAX_FORMS = 500;
/** Characters of the fields. */
const MAX_FIELDS_LENGTH = 1000;

export function recentForms(): RecentForms {
  return new RecentlyUsed<FormQuery>({ maxWeight: MAX_FORMS, maxKeyLength: MAX_FIELDS_LENGTH });
}

/** What a form asks for. */
interface FormQuery {
  readonly request: ThumbnailRequest;
  readonly view: SourceView;
  readonly options: OptionTexts;
  /** Of the cache; undefined where the bytes of the image decide. */
  readonly keys?: KeysOf | undefined;
  /** What says all of that, where it does so each time: the fields, and the formats that the browser takes. */
  readonly askedBy?: string;
}

/** What a form asks for, and what came of it. */
export interface FormThumbnail {
  readonly source: Source;
  /** The same, as a page shows it. */
  readonly view: SourceView;
  /** What was chosen, as an address says it. */
  readonly options: OptionTexts;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  readonly result: ThumbnailResult;
  /** What says all that was asked for, where it does so each time. */
  readonly askedBy?: string | undefined;
}

type SourceFields = Partial<Record<'image_url' | 'sample', string>>;
export const FORM_FIELDS: readonly string[] = [
  'image_url',
  ...FORM_OPTIONS.map(({ field }) => field),
  'sample',
];

/**
 * The thumbnail that a form asks for.
 *
 * @throws ThumbnailerError for every error that is foreseen, the reason of the request's signal when that aborts
 */
export async function thumbnailOfForm(
  ctx: RequestContext,
  form: ReceivedForm,
  settings: FormSourceOptions,
): Promise<FormThumbnail> {
  const { request, view, options, keys, askedBy } = queryOf(ctx, form, settings);
  const { source, spec } = request;
  if (source.kind === 'remote') ctx.state.sourceHost = source.url.host;
  const result = await settings.service.thumbnail(request, { keys }, ctx.state);
  return { source, view, options, size: longestSide(spec), result, askedBy };
}

function queryOf(ctx: RequestContext, form: ReceivedForm, settings: FormSourceOptions): FormQuery {
  // A file is another one each time.
  if (form.image !== undefined) return parseForm(ctx, form, settings);
  // A header has no line break in it, where a body may have anything.
  const askedBy = `${ctx.get('Accept')}\n${form.text ?? form.fields.toString()}`;
  const known = settings.recentForms.get(askedBy);
  if (known !== undefined) return known;
  const query = parseForm(ctx, form, settings);
  if (query.keys === undefined) return query;
  const kept = { ...query, askedBy };
  settings.recentForms.add(askedBy, kept);
  return kept;
}

function parseForm(
  ctx: RequestContext,
  form: ReceivedForm,
  { service, limits, assets }: FormSourceOptions,
): FormQuery {
  const values = readParameters(form.fields, FORM_FIELDS);
  const options = optionTextsOf(values, limits);
  const wish = parseWish(options, ctx.get('Accept'), limits);
  const { source, view } = sourceOf(ctx, values, form, { assets, limits });
  const request: ThumbnailRequest = { source, ...wish };
  return { request, view, options, keys: service.keysOf(request) };
}

/** A sample's button says what is meant, whatever stands in the fields; a file that was chosen wins over an address. */
function sourceOf(
  ctx: RequestContext,
  values: SourceFields,
  { image, upload }: ReceivedForm,
  { assets, limits }: Pick<FormSourceOptions, 'assets' | 'limits'>,
): { readonly source: Source; readonly view: SourceView } {
  if (values.sample !== undefined) {
    const { name, path } = sampleNamed(values.sample);
    const view = { kind: 'sample', name, href: originOf(ctx) + assets.pathOf(path) } as const;
    return { source: { kind: 'sample', bytes: assets.bytes(path) }, view };
  }
  if (image !== undefined && upload !== undefined) {
    return {
      source: { kind: 'upload', receive: () => Promise.resolve(upload.hold()) },
      view: { kind: 'upload', name: image.name },
    };
  }
  const url = parseTypedUrl(values.image_url ?? '', limits.addresses);
  return { source: { kind: 'remote', url }, view: { kind: 'url', href: url.asked } };
}
