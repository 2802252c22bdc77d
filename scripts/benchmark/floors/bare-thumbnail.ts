import sharp from 'sharp';
import { encodeAs } from '../../../src/adapters/resize-sharp/encoders.ts';
import type { Job } from '../load.ts';

/** Like the service: several images at a time use the processors better than several threads for one. */
export function tuneSharp(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

/** With the service's own settings of that encoder, and no second way tried that might come out smaller. */
export async function bareThumbnail(
  bytes: Uint8Array | undefined,
  { size, format }: Pick<Job, 'size' | 'format'>,
): Promise<Buffer> {
  const options = { width: size, height: size, fit: 'inside', withoutEnlargement: true } as const;
  const image = sharp(bytes, { failOn: 'error', autoOrient: true });
  return encodeAs(image.resize(options), format, { longestPx: size }).toBuffer();
}
