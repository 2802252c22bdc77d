import { DEFAULT_OPTIONS } from '../request/options.ts';
import { type ThumbnailSpec, specFor } from '../request/thumbnail-spec.ts';
import { MAX_THUMB_HASH_PX } from './thumb-hash.ts';

/** What the colours of an image are read from: made as any thumbnail is, and without loss. */
export const INFO_THUMBNAIL: ThumbnailSpec = specFor({ ...DEFAULT_OPTIONS, size: MAX_THUMB_HASH_PX }, 'png');
