import type { ImageRequest } from '../../domain/making/image-uploads.ts';
import { parseSourceUrl } from '../../domain/request/source-url.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { Assets } from './assets.ts';
import type { ReceivedForm } from '../body/form-body.ts';
import { negotiate } from '../thumbnail/negotiation.ts';
import { originOf } from './origin.ts';
import { sampleNamed } from './page-samples.ts';
import type { SourceView } from './page-source.ts';
import { parseSize, readParameters } from '../thumbnail/parameters.ts';
import type { RequestContext } from '../server/request-state.ts';

export interface FormSourceOptions {
  readonly service: ThumbnailService;
  /** Sizes in pixels that the form offers. */
  readonly sizes: readonly number[];
  /** Among them the samples. */
  readonly assets: Assets;
}

/** What a form asks for, and what came of it. */
export interface FormThumbnail {
  readonly source: SourceView;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  readonly result: ThumbnailResult;
}

const FIELDS = ['image_url', 'thumbnail_size', 'sample'] as const;

/**
 * The thumbnail that a form asks for. A sample's button says what is meant, whatever stands in the fields; a file that
 * was chosen wins over an address.
 *
 * @throws ThumbnailerError for every fault that is foreseen, the reason of the request's signal when that aborts
 */
export async function thumbnailOfForm(
  ctx: RequestContext,
  { fields, image, receivedMs, room }: ReceivedForm,
  { service, sizes, assets }: FormSourceOptions,
): Promise<FormThumbnail> {
  const values = readParameters(fields, FIELDS);
  const { signal } = ctx.state;
  const size = parseSize(values.thumbnail_size, sizes);
  const spec: ImageRequest = { size, fit: 'inside', format: negotiate(ctx.get('Accept')) };
  const fromImage = (bytes: Uint8Array) =>
    service.createFromImage(bytes, spec, { signal, ...(room && { room }) });
  if (values.sample !== undefined) {
    const { name, path } = sampleNamed(values.sample);
    const result = await fromImage(assets.bytes(path));
    return { source: { kind: 'sample', name, href: originOf(ctx) + path }, size, result };
  }
  if (image !== undefined) {
    const made = await fromImage(image.bytes);
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
