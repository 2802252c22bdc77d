import sharp, { type Sharp } from 'sharp';
import type { Original, Thumbnail } from '../../domain/thumbnail.ts';
import type { ImageResizer, ThumbnailSpec } from '../../ports/image-resizer.ts';
import { type AdmittedImage, admitImage, type InputLimits } from './admitted-image.ts';
import { encodeAs } from './encoders.ts';
import { type Encoding, encodingsFor, formatOf } from './encodings.ts';
import { configureLibvips } from './libvips.ts';
import { memoryCost } from './memory-cost.ts';
import { withoutText } from './png-text.ts';
import { translateSharpError } from './sharp-errors.ts';

export type SharpImageResizerOptions = InputLimits;

type Encoded = Omit<Thumbnail, 'original'>;

/** Makes thumbnails with sharp, that is, with libvips. The decoders that are switched on are so for the whole process. */
export class SharpImageResizer implements ImageResizer {
  readonly #limits: InputLimits;

  constructor(options: SharpImageResizerOptions) {
    this.#limits = options;
    configureLibvips(options.inputFormats);
  }

  memoryCost(image: Uint8Array, spec: ThumbnailSpec): number {
    return memoryCost(admitImage(image, this.#limits), spec);
  }

  async resize(
    image: Uint8Array,
    spec: ThumbnailSpec,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Thumbnail> {
    signal.throwIfAborted();
    const admitted = admitImage(image, this.#limits);
    try {
      const original = await describeOriginal(admitted);
      signal.throwIfAborted();
      return { ...(await makeThumbnail(admitted, spec)), original };
    } catch (error) {
      signal.throwIfAborted();
      throw translateSharpError(error, this.#limits);
    }
  }
}

/** Dimensions come from the header where that is the whole truth; reading them with libvips costs up to 1 ms. */
async function describeOriginal(image: AdmittedImage): Promise<Original> {
  const { format, bytes, uprightSize } = image;
  const { width, height } = uprightSize ?? (await open(image).metadata()).autoOrient;
  return { format, width, height, bytes: bytes.length };
}

async function makeThumbnail(image: AdmittedImage, spec: ThumbnailSpec): Promise<Encoded> {
  const scaled = open(image).resize({
    width: spec.size,
    height: spec.size,
    fit: spec.fit,
    position: sharp.strategy.attention,
    withoutEnlargement: true,
  });
  const [only, ...others] = encodingsFor(spec, image.format, image.hasAlpha);
  const isSettled = others.length === 0 && !(spec.format === 'jpeg-or-png' && image.hasAlpha);
  return only !== undefined && isSettled ? encode(scaled, only, spec) : encodeSmallest(scaled, image, spec);
}

/** Scales to plain pixels first: they are needed more than once, and only they tell whether any is transparent. */
async function encodeSmallest(scaled: Sharp, image: AdmittedImage, spec: ThumbnailSpec): Promise<Encoded> {
  const { data, info } = await scaled.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const candidates: Encoded[] = [];
  for (const encoding of encodingsFor(spec, image.format, isTransparent(data, channels))) {
    candidates.push(await encode(sharp(data, { raw: { width, height, channels } }), encoding, spec));
  }
  return candidates.reduce((best, next) => (next.bytes.length < best.bytes.length ? next : best));
}

async function encode(pixels: Sharp, encoding: Encoding, { size }: ThumbnailSpec): Promise<Encoded> {
  const { data, info } = await encodeAs(pixels, encoding, size).toBuffer({ resolveWithObject: true });
  return { bytes: data, format: formatOf(encoding), width: info.width, height: info.height };
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

function isTransparent(pixels: Buffer, channels: number): boolean {
  if (channels !== 4) return false;
  for (let at = 3; at < pixels.length; at += 4) {
    if (pixels[at] !== 255) return true;
  }
  return false;
}
