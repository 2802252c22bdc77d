import sharp, { type OutputInfo, type Sharp } from 'sharp';
import type { AnimatedFormat } from '../../domain/image/formats.ts';
import { type Layout, type Window, layoutFor } from '../../domain/image/layout.ts';
import { announcingAlpha } from '../../domain/image/still/webp.ts';
import { thumbnailSides, turned } from '../../domain/image/target-box.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { arranged, cutOut } from './arrange.ts';
import type { PlainPixels } from './canvas.ts';
import { GIF, webpSettings } from './encoders.ts';
import { isCutInHeight, pixelsIn, topOfWindow } from './find-top.ts';
import type { OpenFile } from './open-file.ts';
import { isTransparent } from './pixel-traits.ts';
import { upright } from './upright.ts';

interface Animation {
  readonly frames: number;
  /** EXIF orientation. */
  readonly orientation: number;
  readonly format: AnimatedFormat;
}

/**
 * A thumbnail with all frames of its source. Each is scaled on its own: libvips would scale them as one tall image, in which
 * the first rows of a frame take from the last ones of the frame above.
 */
export async function animationOf(
  { pixels, original: facts }: OpenFile,
  { frames, format, orientation }: Animation,
  spec: ThumbnailSpec,
): Promise<Thumbnail> {
  const source = pixels(frames);
  const { loop = 0, delay = [] } = await source.metadata();
  const decoded = framesIn(await source.raw().toBuffer({ resolveWithObject: true }));
  // The decoder's canvas may not be what the header says.
  const original = { ...facts, ...turned(decoded[0] ?? facts, orientation) };
  const made: PlainPixels[] = [];
  let layout = layoutFor(original, spec);
  for (const frame of decoded) {
    const image = await upright(frame, orientation);
    // What draws the eye in the first frame is kept of all of them.
    if (made.length === 0) layout = await settled(image, layout);
    const arrangement = await arranged(image, layout, spec);
    const { data, info } = await arrangement.pixels.raw().toBuffer({ resolveWithObject: true });
    made.push({ pixels: data, ...info });
  }
  const { width, height } = thumbnailSides(original, spec);
  // Times are those of all frames of the file, also of one ahead of the first that is decoded.
  const timing = { loop: atMost(loop), delay: delay.slice(-decoded.length).map(atMost) };
  const joined = rollOf(made);
  const bytes =
    format === 'gif'
      ? await joined.gif({ ...GIF, ...timing }).toBuffer()
      : announced(await joined.webp({ ...webpSettings(spec.quality), ...timing }).toBuffer(), made);
  return { bytes, format, width, height, original };
}

/**
 * libwebp stores the part of a frame in which there is something. Where that is opaque in all frames it announces no
 * transparency, and many programs then show black around them.
 */
function announced(webp: Buffer, frames: readonly PlainPixels[]): Buffer {
  return frames.some((frame) => isTransparent(frame.pixels, frame)) ? announcingAlpha(webp) : webp;
}

/** Of milliseconds and of repetitions sharp takes no more, though a frame may be shown for longer. */
const MOST = 65_535;

function atMost(count: number): number {
  return Math.min(MOST, count);
}

interface Raw {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Views of the frames, which stand one below the other. */
function framesIn({ data, info }: Raw): PlainPixels[] {
  const { width, channels, height: rollPx, pageHeight: height = rollPx } = info;
  const frameBytes = width * height * channels;
  return Array.from({ length: Math.floor(rollPx / height) }, (_, index) => ({
    ...{ width, height, channels },
    pixels: data.subarray(index * frameBytes, (index + 1) * frameBytes),
  }));
}

/** The layout with a place in it, where something was to be looked for. */
async function settled(image: Sharp, layout: Layout): Promise<Layout> {
  const { area, window, scaled } = layout;
  if (window === undefined || typeof window.at !== 'string') return layout;
  const { at, ...sides } = window;
  if (isCutInHeight(layout)) {
    const top = await topOfWindow(await pixelsIn(cutOut(image.clone(), area), scaled), sides);
    return { ...layout, window: { ...sides, at: { left: 0, top } } };
  }
  const { info } = await cutOut(image.clone(), area)
    .resize({ ...sides, fit: 'cover', position: sharp.strategy[at] })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const begin = (offset = 0, scaledPx: number, keptPx: number) =>
    Math.min(Math.max(0, -offset), scaledPx - keptPx);
  const found: Window = {
    ...sides,
    at: {
      left: begin(info.cropOffsetLeft, scaled.width, sides.width),
      top: begin(info.cropOffsetTop, scaled.height, sides.height),
    },
  };
  return { ...layout, window: found };
}

function rollOf(frames: readonly PlainPixels[]): Sharp {
  const [first] = frames;
  if (first === undefined) throw new RangeError('an animation without frames');
  const { width, height: pageHeight, channels } = first;
  const roll = Buffer.concat(frames.map(({ pixels }) => pixels));
  const raw = { width, height: pageHeight * frames.length, channels, pageHeight };
  return sharp(roll, { raw, limitInputPixels: false });
}
