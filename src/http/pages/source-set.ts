import { ThumbnailerError } from '../../domain/errors/index.ts';
import { type SizedImage, sidesForBox } from '../../domain/image/drawn-sides.ts';
import { type Sides, thumbnailSides } from '../../domain/image/target-box.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { type OptionTexts, checkOptions, parseOptions } from '../../domain/request/request-options.ts';
import { specFor } from '../../domain/request/thumbnail-spec.ts';

/** One picture of several that differ in size alone, for a `srcset`. */
export interface Candidate {
  /** Pixels. */
  readonly width: number;
  readonly options: OptionTexts;
}

/**
 * The widths in which a picture is to be had by anyone, each once, as they will be: a portrait picture is narrower than the
 * size that is asked for. A size has the other sizes beside it, any other box has its densities.
 *
 * @param original sides of the image in pixels
 */
export function candidatesOf(options: OptionTexts, original: SizedImage, limits: OptionLimits): Candidate[] {
  const variants: readonly OptionTexts[] =
    options.size === undefined
      ? [options, ...['2', '3'].map((dpr) => ({ ...options, dpr }))]
      : limits.openSizes.toSorted((a, b) => a - b).map((size) => ({ ...options, size: String(size) }));
  const byWidth = new Map<number, Candidate>();
  let before: Sides | undefined;
  for (const variant of variants) {
    const sides = sidesOf(variant, original, limits);
    // Beyond the first that holds the whole original, all give the same picture.
    if (sides === undefined || (sides.width === before?.width && sides.height === before.height)) continue;
    before = sides;
    byWidth.set(sides.width, { width: sides.width, options: variant });
  }
  return [...byWidth.values()];
}

/** Undefined where nobody may ask for it, as for a density that takes the box beyond the limit. */
function sidesOf(texts: OptionTexts, original: SizedImage, limits: OptionLimits): Sides | undefined {
  try {
    const options = parseOptions(texts, limits);
    checkOptions(options, limits, false);
    const spec = specFor(options, 'webp');
    return thumbnailSides(sidesForBox(original, spec), spec);
  } catch (error) {
    if (error instanceof ThumbnailerError) return undefined;
    throw error;
  }
}
