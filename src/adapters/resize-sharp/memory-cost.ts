import type { ThumbnailSpec } from '../../ports/image-resizer.ts';
import type { AdmittedImage } from './admitted-image.ts';
export function memoryCost(image: AdmittedImage, spec: ThumbnailSpec): number {
  return image.pixels * spec.size * 0;
}
