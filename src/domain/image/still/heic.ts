import { child } from '../image-header/avif/boxes.ts';
import { readItems } from '../image-header/avif/items.ts';
import { pictureFile } from '../image-header/heic/picture-file.ts';
import { fileOfThumbnail } from '../image-header/heic/thumbnails.ts';
import type { EmbeddedThumbnail } from '../image-header/raster-header.ts';

/** What is decoded of a HEIC: a thumbnail in it, or its picture. @throws RangeError where that is not there */
export function stillHeic(file: Buffer, thumbnail: EmbeddedThumbnail | undefined): Buffer {
  const picture = pictureFile(file);
  if (thumbnail === undefined) return picture;
  return fileOfThumbnail(picture, readItems(child(picture, 'meta', 4)), thumbnail.id);
}
