import type { ImageResizer, ResizeOptions } from '../../ports/image-resizer.ts';
import { asBuffer } from '../image/bytes.ts';
import type { ImageFile } from '../image/image-file.ts';
import type { Thumbnail } from '../image/thumbnail.ts';
import { uprightSides } from '../image/upright-sides.ts';
import { dominantColourOf } from './dominant-colour.ts';
import { countFrames } from '../image/frame-count.ts';
import type { KnownInfo, PixelInfo } from '../image/image-info.ts';
import type { InfoSpec } from '../request/info-spec.ts';
import { INFO_THUMBNAIL } from './info-thumbnail.ts';
import { placeholderOf } from './placeholder.ts';
import { pixelsOfPng } from './png-pixels.ts';
import { thumbHashOf } from './thumb-hash.ts';

/** What is known of an image. */
export interface MadeInfo {
  readonly info: KnownInfo;
  /** Whether its pixels were decoded only as far as they can be. */
  readonly isDamaged: boolean;
}

/**
 * What is known of an image: from its header, and where that does not say enough, from a small thumbnail of it.
 * Throws as `ImageResizer.resize` does.
 */
export async function makeInfo(
  file: ImageFile,
  { frames, pixels }: InfoSpec,
  resizer: ImageResizer,
  options: ResizeOptions,
): Promise<MadeInfo> {
  const sides = uprightSides(file);
  const thumbnail =
    pixels || sides === undefined ? await resizer.resize(file, INFO_THUMBNAIL, options) : undefined;
  const { width, height } = thumbnail?.original ?? sides ?? NO_SIDES;
  const info = {
    format: file.format,
    width,
    height,
    bytes: file.wholeBytes ?? null,
    hasAlpha: file.header.hasAlpha,
    ...(frames && { frames: countFrames(file) }),
    ...(pixels && thumbnail !== undefined && pixelInfoOf(thumbnail)),
  };
  return { info, isDamaged: thumbnail?.original.isDamaged === true };
}

const NO_SIDES = { width: 0, height: 0 };

function pixelInfoOf({ bytes }: Thumbnail): PixelInfo {
  const pixels = pixelsOfPng(bytes);
  return {
    color: dominantColourOf(pixels),
    thumbhash: asBuffer(thumbHashOf(pixels)).toString('base64'),
    placeholder: placeholderOf(pixels),
  };
}
