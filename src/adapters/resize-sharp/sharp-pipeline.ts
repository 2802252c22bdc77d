import sharp, { type Sharp } from 'sharp';
import { CorruptImageError, OverloadedError, isOwnShortage } from '../../domain/errors/index.ts';
import type { ImageFile, InputLimits } from '../../domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  hasAlpha,
  isIntermediate,
} from '../../domain/image/intermediate-image.ts';
import { framesFor, asStill } from '../../domain/image/animation.ts';
import { sidesForBox } from '../../domain/image/drawn-sides.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import { type Layout, layoutFor } from '../../domain/image/layout.ts';
import { areaOf } from '../../domain/image/region.ts';
import { thumbnailSides } from '../../domain/image/target-box.ts';
import type { Original, Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { freeMemory } from '../../domain/work/process-memory.ts';
import type { ResizeOptions } from '../../ports/image-resizer.ts';
import { animationOf } from './animation.ts';
import { arranged, cutOut } from './arrange.ts';
import { srgbPixels } from './colours/srgb-pixels.ts';
import { encodeBest } from './encode-best.ts';
import { configureLibvips } from './libvips.ts';
import type { PixelDecoders } from './decoder-input.ts';
import { type OpenFile, type Strictness, openFile } from './open-file.ts';
import { type DecodePlan, decodePlanFor } from './plan.ts';
import { translateSharpError } from './sharp-errors.ts';

/** What no parser of XML takes, browsers do not show in part; and of HEIC there is no lenient decoder. */
const WHOLE: readonly InputFormat[] = ['svg', 'heic'];

/** What is done to pixels. The decoders that are switched on are so for the whole process. */
export class SharpPipeline {
  readonly #limits: InputLimits;
  readonly #decoders: PixelDecoders;

  constructor(limits: InputLimits, decoders: PixelDecoders) {
    this.#limits = limits;
    this.#decoders = decoders;
    configureLibvips(limits.inputFormats);
  }

  /** From the file to its thumbnail, by way of the intermediate image where there is a plan for one. */
  async resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    { signal }: ResizeOptions,
  ): Promise<Thumbnail> {
    signal.throwIfAborted();
    if (isIntermediate(image)) {
      // Pixels of our own making: what fails here is never an image's fault.
      return finish(image, spec).catch((error: unknown) => Promise.reject(shortageOf(error)));
    }
    const frames = framesFor(image, spec);
    const isTransparent = image.header.hasAlpha;
    if (spec.animation !== undefined && frames > 1) {
      const animation = { frames, format: spec.animation, orientation: image.header.orientation };
      return this.#decode(image, spec, signal, (file) => animationOf(file, animation, spec));
    }
    const plan = decodePlanFor(image, asStill(spec));
    return this.#decode(image, spec, signal, async (file) => {
      if (plan !== undefined) return finishAndFree(await intermediateOf(file, plan, spec), spec);
      const facts = { original: file.original, isTransparent };
      return thumbnailOf(file.pixels(), layoutFor(file.sides, spec), facts, spec);
    });
  }

  async decode(image: ImageFile, spec: ThumbnailSpec, { signal }: ResizeOptions): Promise<DecodedImage> {
    signal.throwIfAborted();
    const plan = decodePlanFor(image, spec);
    if (plan === undefined) throw new TypeError('there is no intermediate image for this thumbnail');
    return this.#decode(image, spec, signal, async (file) => {
      const intermediate = await intermediateOf(file, plan, spec);
      return { image: intermediate, thumbnail: await finish(intermediate, spec) };
    });
  }

  /** Runs the work on the file, strictly and, where it turns out to be damaged, once more leniently. */
  async #decode<T>(
    image: ImageFile,
    spec: ThumbnailSpec,
    signal: AbortSignal,
    work: (file: OpenFile) => Promise<T>,
  ): Promise<T> {
    const attempt = (strictness: Strictness) => this.#attempt(image, spec, strictness, signal, work);
    if (this.#limits.refusesDamaged === true) return attempt('strictest');
    try {
      return await attempt('strict');
    } catch (error) {
      if (!(error instanceof CorruptImageError) || WHOLE.includes(image.format)) throw error;
      return attempt('lenient').catch((later: unknown) => {
        // What the strict decoder stumbled over first says more.
        throw later instanceof CorruptImageError ? error : later;
      });
    }
  }

  /** What goes wrong in it is the image's fault. */
  async #attempt<T>(
    image: ImageFile,
    spec: ThumbnailSpec,
    strictness: Strictness,
    signal: AbortSignal,
    work: (file: OpenFile) => Promise<T>,
  ): Promise<T> {
    try {
      const file = await openFile(image, spec, { strictness, decoders: this.#decoders });
      signal.throwIfAborted();
      return await work(file);
    } catch (error) {
      signal.throwIfAborted();
      throw translateSharpError(error, this.#limits);
    }
  }
}

function shortageOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return isOwnShortage(error) ? new OverloadedError(undefined, { cause: error }) : error;
}

async function intermediateOf(
  { pixels, original, coding }: OpenFile,
  { name, sidesOf }: DecodePlan,
  { crop }: ThumbnailSpec,
): Promise<IntermediateImage> {
  const area = crop && areaOf(crop, original);
  const scaled = cutOut(pixels(), area).resize({ ...sidesOf(original), fit: 'fill' });
  return { plan: name, ...(await srgbPixels(scaled, coding)), original };
}

/** Of pixels that nobody else has; see `freeMemory`. */
async function finishAndFree(image: IntermediateImage, spec: ThumbnailSpec): Promise<Thumbnail> {
  try {
    return await finish(image, spec);
  } finally {
    freeMemory(image.pixels);
  }
}

/** What is to be cut out of the image was cut out of it already. */
async function finish(image: IntermediateImage, spec: ThumbnailSpec): Promise<Thumbnail> {
  const { pixels, width, height, channels, original } = image;
  const layout = { ...layoutFor(original, spec), area: undefined };
  const facts = { original, isTransparent: hasAlpha(image) };
  return thumbnailOf(sharp(pixels, { raw: { width, height, channels } }), layout, facts, spec);
}

/** The layout goes by the sides of the original: those of the pixels that there are may have been rounded. */
async function thumbnailOf(
  pixels: Sharp,
  layout: Layout,
  { original, isTransparent }: { readonly original: Original; readonly isTransparent: boolean },
  spec: ThumbnailSpec,
): Promise<Thumbnail> {
  const arrangement = await arranged(pixels, layout, spec);
  const traits = {
    format: original.format,
    hasAlpha: isTransparent || arrangement.addsAlpha,
    sides: thumbnailSides(sidesForBox(original, spec), spec),
  };
  return { ...(await encodeBest(arrangement.pixels, traits, spec)), original };
}
