import type { InputFormat, OutputChoice, OutputFormat } from '../../domain/image/formats.ts';
import type { Sides } from '../../domain/image/target-box.ts';

/** One way to encode a thumbnail. WebP has three, and which is best depends on the picture. */
export type Encoding = OutputFormat | 'webp-lossless' | 'webp-drawing';

export function formatOf(encoding: Encoding): OutputFormat {
  return encoding === 'webp-lossless' || encoding === 'webp-drawing' ? 'webp' : encoding;
}

/**
 * What a byte of it counts beside those of others: of a drawing, lossy encodings take about twice as many before they look
 * the same as what is true to the pixel.
 */
export function weightOf(encoding: Encoding): number {
  return encoding === 'webp-lossless' || encoding === 'png' ? 0.5 : 1;
}

/** Formats in which drawings, lettering and screens come; photographs do sometimes. */
const OF_DRAWINGS: ReadonlySet<InputFormat> = new Set(['png', 'gif', 'svg', 'bmp', 'ico']);

/** What the choice depends on besides the formats. */
export interface PixelTraits {
  /** Whether any pixel is. */
  readonly isTransparent: boolean;
  /** Whether much of the picture is plain colour, as in a drawing. */
  readonly isFlat: boolean;
}

/** Larger thumbnails are encoded one way only: trying costs time by the pixel, and lossless encoders memory too. */
const MAX_TRIAL_PX = 512;

/**
 * The ways that are worth trying; the smallest outcome is sent, by `weightOf`. Measured at quality settings of equal fidelity: of a
 * photograph AVIF is smaller than WebP by half at 256 px and by a third at 128, but not at 64, nor of anything smooth; of
 * a drawing lossless WebP, and where that is not taken PNG, is often smaller than anything lossy, and true to the pixel.
 * Trying WebP besides AVIF costs 3 ms at 256 px, once for each thumbnail that is cached.
 *
 * @param of the source's format, and the thumbnail's sides
 * @param traits of the thumbnail's pixels; where they are not known yet, what they may turn out to be
 */
export function encodingsFor(
  choice: OutputChoice,
  { format, sides }: { readonly format: InputFormat; readonly sides: Sides },
  { isTransparent, isFlat }: PixelTraits,
): readonly Encoding[] {
  const isSmall = Math.max(sides.width, sides.height) <= MAX_TRIAL_PX;
  const mayBeDrawing = isFlat && OF_DRAWINGS.has(format) && isSmall;
  switch (choice) {
    case 'avif':
    case 'jpeg':
    case 'png':
    case 'gif':
      return [choice];
    case 'webp':
      return mayBeDrawing ? ['webp-drawing', 'webp-lossless'] : ['webp'];
    case 'avif-or-webp':
      if (!isSmall) return ['avif'];
      return mayBeDrawing ? ['avif', 'webp-drawing', 'webp-lossless'] : ['avif', 'webp'];
    case 'jpeg-or-png':
      if (isTransparent) return ['png'];
      return mayBeDrawing ? ['jpeg', 'png'] : ['jpeg'];
    case 'jpeg-or-avif':
      return [isTransparent ? 'avif' : 'jpeg'];
    case 'jpeg-or-webp':
      if (!isTransparent) return ['jpeg'];
      return mayBeDrawing ? ['webp-drawing', 'webp-lossless'] : ['webp'];
  }
}
