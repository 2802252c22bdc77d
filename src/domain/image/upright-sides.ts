import { asBuffer } from './bytes.ts';
import { displayedSides } from './image-header/avif/displayed-sides.ts';
import type { ImageFile } from './image-file.ts';
import { type Sides, turned } from './target-box.ts';

/**
 * The sides of an image as a viewer shows it, where its header is the whole truth. Of a GIF whose frame leaves some of the
 * canvas bare, only a decoder can tell.
 */
export function uprightSides({ bytes, header }: ImageFile): Sides | undefined {
  if (header.format === 'gif' && header.hasAlpha) return undefined;
  if (header.format === 'avif' || header.format === 'heic') return displayedSides(asBuffer(bytes));
  return turned(header, header.orientation);
}
