import { expect } from 'chai';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { type Fit, FITS } from '../../../src/domain/image/formats.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { largestAfterShrink } from '../../../src/domain/image/shrink-on-load.ts';
import { decisiveSide, type Sides } from '../../../src/domain/image/target-box.ts';
import { photograph, type Pixels, pixelsOf, plain } from '../../../scripts/kit/images.ts';
import { mutate, sampleImages } from '../../../scripts/kit/mutations.ts';
import { pick, randomOf } from '../../../scripts/kit/random.ts';
import { progressiveJpeg } from '../../support/progressive-jpeg.ts';
import { shortFileFrom } from '../../support/short-files.ts';
import { ssim } from '../../../scripts/kit/ssim.ts';
import { boxOf, specOf } from '../../../scripts/kit/spec.ts';

const { signal } = new AbortController();

describe('thumbnails of prefixes', () => {
  const limits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 } as const;
  const resizer = new SharpImageResizer(limits);
  /** These files are below the length from which on the resizer itself would cut them. */
  const thumbnailOf = async (file: Buffer, size: number, fit: Fit) =>
    resizer.resize(openWholeImage(file, limits), specOf({ size, fit, format: 'png' }), { signal });

  /** The thumbnails of the whole file and of the part that is enough, where there is one. */
  async function both(file: Buffer, size: number, fit: Fit): Promise<readonly [Pixels, Pixels] | undefined> {
    const short = shortFileFrom(file, boxOf(size, fit));
    if (short === undefined) return undefined;
    const [whole, cut] = [await thumbnailOf(file, size, fit), await thumbnailOf(short, size, fit)];
    expect({ ...cut.original, bytes: 0 }).to.deep.equal({ ...whole.original, bytes: 0 });
    return [await pixelsOf(whole.bytes), await pixelsOf(cut.bytes)];
  }

  const side = fc.integer({ min: 90, max: 700 });
  const fit = fc.constantFrom(...FITS);
  /** As part of the largest that is enough. */
  const part = fc.double({ min: 0.3, max: 1, noNaN: true });

  it('look as those of whole progressive JPEGs, whatever is in these', async () => {
    const colours: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
      plain: (photo) => photo,
      grey: (photo) => photo.greyscale(),
      inks: (photo) => photo.toColourspace('cmyk'),
      profile: (photo) => photo.withIccProfile('p3'),
    };
    const settings = fc.record({
      colour: fc.constantFrom(...Object.keys(colours)),
      orientation: fc.integer({ min: 1, max: 8 }),
      quality: fc.integer({ min: 40, max: 95 }),
      chromaSubsampling: fc.constantFrom('4:2:0', '4:4:4'),
      optimiseScans: fc.boolean(),
    });
    let compared = 0;
    const check = fc.asyncProperty(side, side, fit, part, settings, async (width, across, as, of, how) => {
      const { colour, orientation, ...options } = how;
      // Nothing to crop from a square: where all parts are alike salient, a shade decides which one is taken.
      const height = as === 'cover' ? width : across;
      const painted = colours[colour]!(photograph({ width, height })).withMetadata({ orientation });
      const file = await painted.jpeg({ progressive: true, ...options }).toBuffer();
      const size = Math.ceil(of * largestOfEighth({ width, height }, as));
      const thumbnails = await both(file, size, as);
      if (thumbnails === undefined) return;
      compared += 1;
      expect(ssim(...thumbnails)).to.be.at.least(0.99);
    });
    await fc.assert(check, { numRuns: 60, seed: 6, endOnFailure: true });
    expect(compared).to.be.above(25);
  });

  it('are cropped to the most salient part, as those of whole progressive JPEGs', async () => {
    const ground = plain(900, 360, [110, 110, 110]);
    const input = await photograph({ width: 120, height: 120 }).png().toBuffer();
    for (const left of [40, 400, 700]) {
      const painted = ground.clone().composite([{ input, left, top: 100 }]);
      const file = await painted.jpeg({ progressive: true }).toBuffer();
      const thumbnails = await both(file, 40, 'cover');
      expect(ssim(...thumbnails!)).to.be.at.least(0.99);
    }
  });

  it('look as those of whole progressive JPEGs, however these are laid out', async () => {
    const factor = fc.integer({ min: 1, max: 2 });
    const layout = fc.record({
      sampling: fc.oneof(
        fc.constant([[1, 1]] as const),
        fc.tuple(factor, factor).map((luma) => [luma, [1, 1], [1, 1]] as const),
      ),
      separate: fc.boolean(),
      restartInterval: fc.integer({ min: 0, max: 40 }),
      lowestBit: fc.integer({ min: 0, max: 1 }),
    });
    let compared = 0;
    const check = fc.asyncProperty(side, side, layout, async (width, height, how) => {
      const file = progressiveJpeg({ width, height, ...how });
      const thumbnails = await both(file, largestOfEighth({ width, height }, 'inside'), 'inside');
      if (thumbnails === undefined) return;
      compared += 1;
      expect(ssim(...thumbnails)).to.be.at.least(0.99);
    });
    await fc.assert(check, { numRuns: 40, seed: 7, endOnFailure: true });
    expect(compared).to.be.above(15);
  });

  for (const format of ['gif', 'webp'] as const) {
    it(`are those of whole ${format === 'gif' ? 'GIF' : 'WebP'} animations, pixel for pixel`, async () => {
      const small = fc.integer({ min: 20, max: 150 });
      const alpha = fc.constantFrom('none', 'fade');
      let short = 0;
      const check = fc.asyncProperty(
        small,
        small,
        fit,
        alpha,
        fc.nat(),
        async (width, height, as, how, seed) => {
          const file = await movingPatch(format, { width, height, alpha: how, seed });
          const thumbnails = await both(file, 16, as);
          if (thumbnails === undefined) return;
          short += 1;
          const [whole, cut] = thumbnails;
          expect(await withAlpha(cut)).to.deep.equal(await withAlpha(whole));
        },
      );
      await fc.assert(check, { numRuns: 25, seed: 8, endOnFailure: true });
      expect(short).to.be.above(15);
    });
  }

  it('are made, or refused for what they are, of damaged files', async () => {
    const samples = [...(await sampleImages()).values()];
    const others = [
      progressiveJpeg({ width: 400, height: 300, restartInterval: 9 }),
      await movingPatch('gif', { width: 90, height: 70, alpha: 'fade', seed: 1 }),
      await movingPatch('webp', { width: 90, height: 70, alpha: 'fade', seed: 1 }),
      await photograph({ width: 160, height: 120 }).jpeg({ progressive: true }).toBuffer(),
    ];
    const random = randomOf(9);
    let made = 0;
    for (let time = 0; time < 600; time += 1) {
      const [size, as] = [8, pick(random, FITS)];
      const short = shortFileFrom(mutate(pick(random, others), samples, random), boxOf(size, as));
      if (short === undefined) continue;
      const outcome = await thumbnailOf(short, size, as).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).to.be.instanceOf(ThumbnailerError);
      else made += 1;
    }
    expect(made).to.be.above(50);
  });
});

/** Of the thumbnails for which the decoder is asked for an eighth, in pixels. */
function largestOfEighth(sides: Sides, fit: Fit): number {
  return largestAfterShrink(decisiveSide(sides, boxOf(1, fit)).sidePx, 8);
}

interface Moving {
  readonly width: number;
  readonly height: number;
  readonly alpha: 'none' | 'fade';
  readonly seed: number;
}

/** Three frames, of which the later ones are stored as the part that has changed; of one in two animations that is all. */
async function movingPatch(format: 'gif' | 'webp', { width, height, alpha, seed }: Moving): Promise<Buffer> {
  const ground = await photograph({ width, height, alpha }).png().toBuffer();
  const random = randomOf(seed);
  const input = await photograph({ width: 8, height: 8 }).png().toBuffer();
  const darkening = random() < 0.5 ? 0.1 : 0;
  const frames = [0, 1, 2].map((index) => {
    const [left, top] = [Math.floor(random() * (width - 8)), Math.floor(random() * (height - 8))];
    const shaded = sharp(ground).modulate({ brightness: 1 - darkening * index });
    return shaded.composite([{ input, left, top }]).png().toBuffer();
  });
  const joined = sharp(await Promise.all(frames), { join: { animated: true } });
  return format === 'gif' ? joined.gif({ effort: 1 }).toBuffer() : joined.webp({ effort: 0 }).toBuffer();
}

/** With transparency, which a decoder may leave out where no pixel has any. */
async function withAlpha({ data, width, height, channels }: Pixels): Promise<Buffer> {
  const raw = { width, height, channels: channels === 4 ? 4 : 3 } as const;
  return sharp(data, { raw }).ensureAlpha().raw().toBuffer();
}
