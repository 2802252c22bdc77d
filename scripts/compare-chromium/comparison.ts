import sharp, { type Sharp } from 'sharp';
import { ThumbnailerError } from '../../src/domain/errors/index.ts';
import { sidesForBox } from '../../src/domain/image/drawn-sides.ts';
import { type InputLimits, openWholeImage } from '../../src/domain/image/image-file.ts';
import { recogniseFormat } from '../../src/domain/image/image-header.ts';
import { thumbnailSides } from '../../src/domain/image/target-box.ts';
import type { ThumbnailSpec } from '../../src/domain/request/thumbnail-spec.ts';
import type { ImageResizer } from '../../src/ports/image-resizer.ts';
import { colourDifference } from '../kit/colour-difference.ts';
import type { ChromiumDrawing } from '../kit/chromium-drawing.ts';
import type { Pixels } from '../kit/images.ts';
import { specOf } from '../kit/spec.ts';
import { ssim } from '../kit/ssim.ts';

export interface Outcome {
  readonly file: string;
  readonly format: string;
  /** `refused` is what Chromium shows and we do not, `ours alone` the other way round. */
  readonly verdict: 'compared' | 'other sides' | 'refused' | 'ours alone' | 'neither';
  /** Mean CIE76 difference, and mean structural similarity, both over white and black, the worse of the two. */
  readonly difference?: number;
  readonly similarity?: number;
  readonly detail: string;
}

export function isAlike({ verdict, difference = 0, similarity = 1 }: Outcome): boolean {
  return verdict === 'neither' || (verdict === 'compared' && difference < 3 && similarity >= 0.98);
}

const { signal } = new AbortController();

/** Compares the thumbnails of a resizer with what Chromium draws. */
export class Comparison {
  readonly #resizer: ImageResizer;
  readonly #limits: InputLimits;
  readonly #drawing: ChromiumDrawing;
  readonly #spec: ThumbnailSpec;

  constructor(resizer: ImageResizer, limits: InputLimits, drawing: ChromiumDrawing, size: number) {
    this.#resizer = resizer;
    this.#limits = limits;
    this.#drawing = drawing;
    this.#spec = specOf({ size, format: 'png' });
  }

  async of(file: string, bytes: Buffer): Promise<Outcome> {
    const format = recogniseFormat(bytes) ?? 'unknown';
    const [ours, theirs] = [await this.#thumbnail(bytes), await this.#drawn(bytes, format)];
    const facts = { file, format, detail: ours instanceof Error ? reasonOf(ours) : '' };
    if (theirs === undefined) return { ...facts, verdict: ours instanceof Error ? 'neither' : 'ours alone' };
    if (ours instanceof Error) return { ...facts, verdict: 'refused' };
    const sides = thumbnailSides(theirs, this.#spec);
    if (sides.width !== ours.width || sides.height !== ours.height) {
      const detail = `${ours.width}x${ours.height}, not ${sides.width}x${sides.height}`;
      return { ...facts, verdict: 'other sides', detail };
    }
    const over = await Promise.all(
      ['#fff', '#000'].map(async (ground) => [
        await flat(sharp(ours.data, { raw: rawOf(ours) }), ground),
        await flat(
          sharp(theirs.data, { raw: rawOf(theirs), limitInputPixels: false }).resize({
            ...sides,
            fit: 'fill',
          }),
          ground,
        ),
      ]),
    );
    const pairs = over as [Pixels, Pixels][];
    return {
      ...facts,
      verdict: 'compared',
      difference: Math.max(...pairs.map(([a, b]) => colourDifference(a, b))),
      similarity: Math.min(...pairs.map(([a, b]) => ssim(a, b))),
    };
  }

  /** A drawing in the size of the thumbnail. */
  async #drawn(bytes: Buffer, format: string): Promise<Pixels | undefined> {
    if (format !== 'svg') return this.#drawing.draw(bytes);
    const own = await this.#drawing.sidesOf(bytes);
    return own && this.#drawing.draw(bytes, sidesForBox({ ...own, format }, this.#spec));
  }

  async #thumbnail(bytes: Buffer): Promise<Pixels | Error> {
    try {
      const file = openWholeImage(bytes, this.#limits);
      const { bytes: png } = await this.#resizer.resize(file, this.#spec, { signal });
      const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      return { data, width: info.width, height: info.height, channels: info.channels };
    } catch (error) {
      if (error instanceof ThumbnailerError) return error;
      throw error;
    }
  }
}

function reasonOf(error: Error): string {
  const code = error instanceof ThumbnailerError ? error.code : error.name;
  const cause = error.cause instanceof Error ? error.cause.message.split('\n')[0] : error.message;
  return `${code} (${cause ?? ''})`;
}

function rawOf({ width, height, channels }: Omit<Pixels, 'data'>) {
  return { width, height, channels: channels as 3 | 4 };
}

async function flat(image: Sharp, background: string): Promise<Pixels> {
  // sharp flattens ahead of scaling unless the two are apart.
  const scaled = await image.raw().toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(scaled.data, { raw: rawOf(scaled.info) })
    .flatten({ background })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
