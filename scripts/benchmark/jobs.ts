import { randomOf, shuffled } from '../kit/random.ts';
import type { Source } from './sources.ts';

/** One thumbnail to be made. The formats are those whose encoder is settled by their name. */
export interface Job {
  readonly source: string;
  readonly size: number;
  readonly format: 'webp' | 'jpeg' | 'png';
}

export const SIZES = [64, 128, 256] as const;
export const FORMATS = ['webp', 'jpeg'] as const;

/** One thumbnail of each source in each pass, of sizes and formats in turn. */
export function oneSizeEach(sources: readonly Source[], passes: number, seed: number): Job[] {
  const random = randomOf(seed);
  return Array.from({ length: passes }, (_, pass) =>
    shuffled(
      sources.map(({ name }, at) => ({
        source: name,
        size: SIZES[(at + pass) % SIZES.length] ?? 64,
        format: FORMATS[(at + pass) % FORMATS.length] ?? 'webp',
      })),
      random,
    ),
  ).flat();
}

/** How many jobs of `allSizesOf` are of the same source, one after another. */
export const SET_LENGTH = SIZES.length * FORMATS.length;

/** Every size in both formats of each source, one source after the other, as pages ask for them. */
export function allSizesOf(sources: readonly Source[], passes: number, seed: number): Job[] {
  const random = randomOf(seed);
  const setOf = ({ name }: Source) =>
    SIZES.flatMap((size) => FORMATS.map((format) => ({ source: name, size, format })));
  return Array.from({ length: passes }, () => shuffled(sources, random).flatMap(setOf)).flat();
}

/** What the thumbnail has to measure, to the pixel on the longer side. */
export function thumbnailSize(
  { width, height }: Pick<Source, 'width' | 'height'>,
  size: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, size / Math.max(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}
