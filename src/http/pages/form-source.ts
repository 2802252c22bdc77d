import { longestSide } from '../../domain/image/target-box.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { Source, UploadedImage } from '../../domain/request/source.ts';
import { parseTypedUrl } from '../../domain/request/source-url.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/making/thumbnail-service.ts';
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
  options: FormSourceOptions,
): Promise<FormThumbnail> {
  const values = readParameters(form.fields, FORM_FIELDS);
  const texts = optionTextsOf(values, options.limits);
  const wish = parseWish(texts, ctx.get('Accept'), options.limits);
  const { source, view } = sourceOf(ctx, values, form, options);
  const result = await options.service.thumbnail({ source, ...wish }, {}, ctx.state);
  return { source, view, options: texts, size: longestSide(wish.spec), result };
}

/** A sample's button says what is meant, whatever stands in the fields; a file that was chosen wins over an address. */
function sourceOf(
  ctx: RequestContext,
  values: SourceFields,
  { image, upload }: ReceivedForm,
  { assets, limits }: FormSourceOptions,
): { readonly source: Source; readonly view: SourceView } {
  if (values.sample !== undefined) {
    const { name, path } = sampleNamed(values.sample);
    const view = { kind: 'sample', name, href: originOf(ctx) + assets.pathOf(path) } as const;
    return { source: { kind: 'sample', bytes: assets.bytes(path) }, view };
  }
  if (image !== undefined && upload !== undefined) {
    return {
      source: { kind: 'upload', receive: () => Promise.resolve(lent(upload)) },
      view: { kind: 'upload', name: image.name },
    };
  }
  // There is no file after all, and the download asks for room of its own.
  upload?.[Symbol.dispose]();
  const url = parseTypedUrl(values.image_url ?? '', limits.addresses);
  ctx.state.sourceHost = url.host;
  return { source: { kind: 'remote', url }, view: { kind: 'url', href: url.asked } };
}

/** For several thumbnails: its bytes stay until the answer to the form is there. */
function lent({ bytes, receivedMs }: UploadedImage): UploadedImage {
  return { bytes, receivedMs, [Symbol.dispose]: () => undefined };
}
