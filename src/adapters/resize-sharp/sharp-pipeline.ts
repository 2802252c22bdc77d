import sharp, { type ResizeOptions as Scaling, type Sharp } from 'sharp';
import type { Reach } from '../../domain/image/reach.ts';
import { type ReducedImage, hasAlpha, isReduced } from '../../domain/image/reduced-image.ts';
import type { Original, Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ImageResizer, ResizeOptions, ThumbnailSpec } from '../../ports/image-resizer.ts';
import { type AdmittedImage, admitImage, type InputLimits } from './admitted-image.ts';
import { encodeBest } from './encode-best.ts';
import { configureLibvips } from './libvips.ts';
import { withoutText } from './png-text.ts';
import { reducedSize } from './reduction.ts';
import { scaleReduced } from './scale-reduced.ts';
import { translateSharpError } from './sharp-errors.ts';

/** What is done to pixels. The decoders that are switched on are so for the whole process. */
export class SharpPipeline implements Pick<ImageResizer, 'resize' | 'reduce'> {
  readonly #limits: InputLimits;

  constructor(limits: InputLimits) {
    this.#limits = limits;
    configureLibvips(limits.inputFormats);
  }

  async resize(
    image: Uint8Array | ReducedImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    options.signal.throwIfAborted();
    if (isReduced(image)) {
      const { original } = image;
      const source = { format: original.format, hasAlpha: hasAlpha(image) };
      return { ...(await encodeBest(scaleReduced(image, spec), source, spec)), original };
    }
    return this.#decode(image, options, async (opened, admitted, original) => {
      const scaled = opened().resize(scalingTo(spec));
      return { ...(await encodeBest(scaled, admitted, spec)), original };
    });
  }

  async reduce(image: Uint8Array, reach: Reach, options: ResizeOptions): Promise<ReducedImage | undefined> {
    options.signal.throwIfAborted();
    const size = reducedSize(admitImage(image, this.#limits), reach);
    if (size === undefined) return undefined;
    return this.#decode(image, options, async (opened, _admitted, original) => {
      const scaled = opened().resize(scalingTo({ size, fit: 'inside' }));
      const { data: pixels, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
      const { width, height, channels } = info;
      return { pixels, width, height, channels, reachPx: reach.size, original };
    });
  }

  /** Runs the work on the image if it is acceptable; what goes wrong in it is the image's fault. */
  async #decode<T>(
    image: Uint8Array,
    { signal }: ResizeOptions,
    work: (opened: () => Sharp, admitted: AdmittedImage, original: Original) => Promise<T>,
  ): Promise<T> {
    const admitted = admitImage(image, this.#limits);
    const opened = () => open(admitted);
    try {
      const original = await describeOriginal(admitted, opened);
      signal.throwIfAborted();
      return await work(opened, admitted, original);
    } catch (error) {
      signal.throwIfAborted();
      throw translateSharpError(error, this.#limits);
    }
  }
}

/** Dimensions come from the header where that is the whole truth; reading them with libvips costs up to 1 ms. */
async function describeOriginal(image: AdmittedImage, opened: () => Sharp): Promise<Original> {
  const { format, bytes, uprightSize } = image;
  const { width, height } = uprightSize ?? (await opened().metadata()).autoOrient;
  return { format, width, height, bytes: bytes.length };
}

function scalingTo({ size, fit }: Reach): Scaling {
  return {
    width: size,
    height: size,
    fit,
    position: sharp.strategy.attention,
    withoutEnlargement: true,
  };
}

function open(image: AdmittedImage): Sharp {
  const opened = sharp(image.header?.hasText === true ? withoutText(image.bytes) : image.bytes, {
    failOn: 'error',
    // The header may lie: libvips refuses what turns out larger than what was admitted.
    limitInputPixels: image.pixels,
    pages: 1,
    autoOrient: true,
  });
  // Of an image with more than 8 bits and a colour profile, sharp 0.35 makes Display P3 values and then calls them
  // sRGB: reds come out pale. Down to 8 bits first, it takes the way of all other images.
  return image.bitDepth > 8 ? opened.pipelineColourspace('srgb') : opened;
}
