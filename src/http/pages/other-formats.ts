import { ThumbnailerError } from '../../domain/errors/index.ts';
import { MEDIA_TYPES, type OutputFormat } from '../../domain/image/formats.ts';
import { asBuffer } from '../../domain/image/bytes.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import type { Source } from '../../domain/request/source.ts';
import type { Caller } from '../../domain/work/requester.ts';
import { parseWish } from '../thumbnail/thumbnail-query.ts';
import { PAGE_FORMATS } from './page-links.ts';

/** The picture of a result page once more, in another format. */
export interface OtherFormat {
  readonly format: OutputFormat;
  readonly bytes: number;
  readonly dataUri: string;
}

/** A page waits no longer for what only compares. */
const PATIENCE_MS = 1000;
/** What a page can carry of each. */
const MAX_BYTES = 256 * 1024;

/**
 * Makes the other formats of an image that has no address for the browser to ask for them. One that is not made in time,
 * for which there is no capacity, or that is too large for a page is left out.
 */
export async function otherFormats(
  { source, options }: { readonly source: Source; readonly options: OptionTexts },
  made: OutputFormat,
  { service, limits }: { readonly service: ThumbnailService; readonly limits: OptionLimits },
  { requester, signal }: Caller,
): Promise<OtherFormat[]> {
  const caller = { requester, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) };
  const others: OtherFormat[] = [];
  // One after the other: a page takes no more decoders than a thumbnail does.
  for (const format of PAGE_FORMATS.filter((name) => name !== made)) {
    try {
      const wish = parseWish({ ...options, format }, '', limits);
      const { entry } = await service.thumbnail({ source, ...wish }, {}, caller);
      const { bytes } = entry.thumbnail;
      if (bytes.length > MAX_BYTES) continue;
      const base64 = asBuffer(bytes).toString('base64');
      others.push({ format, bytes: bytes.length, dataUri: `data:${MEDIA_TYPES[format]};base64,${base64}` });
    } catch (error) {
      if (caller.signal.aborted) break;
      if (!(error instanceof ThumbnailerError)) throw error;
    }
  }
  signal.throwIfAborted();
  return others;
}
