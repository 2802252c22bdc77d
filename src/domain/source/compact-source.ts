import type { SourceImage } from '../../ports/image-fetcher.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { Fit } from '../image/formats.ts';
import { readImageHeader, recogniseFormat } from '../image/image-header.ts';
import type { KeptSource } from './kept-sources.ts';
import type { Reach } from '../image/reach.ts';
import { reachOfEighth } from '../image/source-prefix.ts';

/** A file of up to so many bytes that is quickly decoded is kept as it is. */
const KEPT_FILE_BYTES = 512 * 1024;

/**
 * The source in a form that is small enough to be kept, for all thumbnails of this reach, or for as many as its bytes are
 * good for; undefined where there is no such form.
 *
 * The file itself where decoding costs next to nothing, so that one who wants a single thumbnail pays for no more than that;
 * otherwise its pixels. Pixels they stay: to encode them costs 3 to 5 ms of processor time, a fifth of what a 12-megapixel
 * JPEG takes, and most sources are never asked for again. Throws as `ImageResizer.reduce` does.
 */
export async function compacted(
  source: SourceImage,
  { size, fit }: Reach,
  resizer: ImageResizer,
  signal: AbortSignal,
): Promise<KeptSource['image'] | undefined> {
  const { bytes, wholeBytes } = source;
  const reachPx = Math.min(size, reachPxOf(source, fit));
  if (reachPx === size && bytes.length <= KEPT_FILE_BYTES && resizer.decodesQuickly(bytes)) {
    return { bytes: new Uint8Array(bytes), wholeBytes };
  }
  const reduced = await resizer.reduce(bytes, { size: reachPx, fit }, { signal });
  return reduced && { ...reduced, original: { ...reduced.original, bytes: wholeBytes } };
}

/** How large thumbnails may be: of a JPEG that was cut short there is an eighth, and no more. */
function reachPxOf({ bytes, isPrefix }: SourceImage, fit: Fit): number {
  const header = isPrefix && recogniseFormat(bytes) === 'jpeg' ? readImageHeader('jpeg', bytes) : undefined;
  return header === undefined ? Infinity : reachOfEighth(header, fit);
}
