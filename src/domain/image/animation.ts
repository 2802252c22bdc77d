import { ImageTooLargeError } from '../errors/index.ts';
import { formatPixels } from '../errors/units.ts';
import type { AnimatedFormat, InputFormat } from './formats.ts';
import { countFrames } from './frame-count.ts';
import type { AnimationLimits, ImageFile } from './image-file.ts';

/** Of a spec: in which format an animation stays one; undefined where its first frame is wanted. */
interface AsAnimation {
  readonly animation?: AnimatedFormat | undefined;
}

/** Formats whose animations the decoders read. */
const ANIMATED: readonly InputFormat[] = ['gif', 'webp'];

/** How many frames the thumbnail has: those of an animation that stays one, and otherwise one. */
export function framesFor(image: ImageFile, { animation }: AsAnimation): number {
  return animation === undefined || !ANIMATED.includes(image.format) ? 1 : countFrames(image);
}

/** The same spec for an image that is no animation. */
export function asStill<Spec extends AsAnimation>(spec: Spec): Spec {
  return spec.animation === undefined ? spec : { ...spec, animation: undefined };
}

/** Whether that cannot be told by the header alone: nothing in a GIF says ahead of its first frame that it has others. */
export function mayHaveFrames(
  { format, header }: Pick<ImageFile, 'format' | 'header'>,
  { animation }: AsAnimation,
): boolean {
  if (animation === undefined) return false;
  return format === 'gif' || (format === 'webp' && header.animated);
}

const WITHOUT_ANIMATION = 'Leave out animated for a still thumbnail, or use a shorter animation.';

/** @throws ImageTooLargeError for an animation that is to stay one, and has too many frames or pixels for that */
export function refuseLargeAnimation(image: ImageFile, spec: AsAnimation, limits: AnimationLimits): void {
  const frames = framesFor(image, spec);
  if (frames === 1) return;
  if (frames > limits.maxFrames) {
    throw new ImageTooLargeError(
      `The animation has ${frames} frames, and the limit is ${limits.maxFrames}.`,
      { advice: WITHOUT_ANIMATION },
    );
  }
  const pixels = image.header.width * image.header.height * frames;
  if (pixels <= limits.maxPixels) return;
  const [has, limit] = formatPixels(pixels, limits.maxPixels);
  throw new ImageTooLargeError(`The animation has ${has} in all its frames, and the limit is ${limit}.`, {
    advice: WITHOUT_ANIMATION,
  });
}
