import type { RasterHeader } from './image-header.ts';
import type { EmbeddedThumbnail } from './image-header/raster-header.ts';
import { type TargetBox, scaledSides } from './target-box.ts';

/**
 * The smallest of the thumbnails in a file that has every pixel which the box needs, whichever way the picture is turned:
 * decoding that instead costs a fraction. Undefined where none has, or a part of the picture is wanted.
 */
export function embeddedFor(header: RasterHeader, box: TargetBox): EmbeddedThumbnail | undefined {
  if (header.thumbnails === undefined || box.crop !== undefined) return undefined;
  const { width, height } = header;
  const upright = scaledSides({ width, height }, box);
  const onItsSide = scaledSides({ width: height, height: width }, box);
  const [neededWidth, neededHeight] = [
    Math.max(upright.width, onItsSide.height),
    Math.max(upright.height, onItsSide.width),
  ];
  return header.thumbnails
    .filter((thumbnail) => thumbnail.width >= neededWidth && thumbnail.height >= neededHeight)
    .toSorted((a, b) => a.width - b.width)[0];
}
