import type { IntermediateImage } from '../../src/domain/image/intermediate-image.ts';
import type { ImageResizer } from '../../src/ports/image-resizer.ts';
import { specOf } from '../../scripts/kit/spec.ts';

const SPEC = specOf({ size: 64, format: 'png' });

/**
 * What the misbehaving decoder has to say once it has done what it is told.
 *
 * @param pixelBytes bytes of the image that comes with the order
 */
export async function decoderOrder(
  resizer: ImageResizer,
  behaviour: string,
  signal: AbortSignal = new AbortController().signal,
  pixelBytes = 3,
): Promise<string> {
  const image: IntermediateImage = {
    plan: behaviour,
    pixels: Buffer.alloc(pixelBytes),
    width: 1,
    height: 1,
    channels: 3,
    original: { format: 'png', width: 1, height: 1, bytes: 3 },
  };
  const { bytes } = await resizer.resize(image, SPEC, { signal });
  return Buffer.from(bytes).toString();
}
