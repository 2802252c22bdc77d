/**
 * A decoder's process: makes thumbnails of the images that the service hands it, and nothing else. The service starts it
 * (adapters/resize-isolated) with what it takes as JSON.
 */
import { serveDecodes } from '../adapters/resize-isolated/index.ts';
import { SharpImageResizer } from '../adapters/resize-sharp/index.ts';
import type { InputLimits } from '../domain/image/image-file.ts';
import type { IntermediateImage } from '../domain/image/intermediate-image.ts';
import { DEFAULT_OPTIONS } from '../domain/request/options.ts';
import { specFor } from '../domain/request/thumbnail-spec.ts';

const SAMPLE: IntermediateImage = {
  plan: 'sample',
  pixels: new Uint8Array(64 * 64),
  width: 64,
  height: 64,
  channels: 1,
  original: { format: 'png', width: 64, height: 64, bytes: undefined },
};

const limits = JSON.parse(process.argv[2] ?? '') as InputLimits;
const resizer = new SharpImageResizer(limits, await decodersFor(limits));
await resizer.warmUp();
// Makes the threads that come with the first image: those that cannot be had now are no image's fault later.
await resizer.resize(SAMPLE, specFor({ ...DEFAULT_OPTIONS, size: 32 }, 'webp'), new AbortController());
await serveDecodes(resizer);

/** Loaded ahead of the first image: after that, no file can be opened. */
async function decodersFor({ inputFormats }: InputLimits) {
  if (!inputFormats.includes('heic')) return {};
  const { LibheifDecoder } = await import('../adapters/decode-libheif/index.ts');
  return { heic: new LibheifDecoder() };
}
