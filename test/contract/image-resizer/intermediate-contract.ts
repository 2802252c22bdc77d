import { expect } from 'chai';
import type { Sharp } from 'sharp';
import { FITS } from '../../../src/domain/image/formats.ts';
import { type ImageFile, type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { IntermediateImage } from '../../../src/domain/image/intermediate-image.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import type { ImageResizer } from '../../../src/ports/image-resizer.ts';
import { animation, photograph, plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const { signal } = new AbortController();
const PNG_64: ThumbnailSpec = specOf({ size: 64, fit: 'inside', format: 'png' });

type Encode = (image: Sharp) => Sharp;
const ENCODINGS: Readonly<Record<string, Encode>> = {
  jpeg: (image) => image.jpeg({ quality: 90 }),
  'progressive jpeg': (image) => image.jpeg({ quality: 90, progressive: true }),
  'grey progressive jpeg': (image) => image.greyscale().jpeg({ quality: 90, progressive: true }),
  'turned progressive jpeg': (image) => image.withMetadata({ orientation: 6 }).jpeg({ progressive: true }),
  'progressive jpeg in four inks': (image) => image.toColourspace('cmyk').jpeg({ progressive: true }),
  'progressive jpeg with a wide profile': (image) => image.withIccProfile('p3').jpeg({ progressive: true }),
  png: (image) => image.png({ compressionLevel: 1 }),
  'grey png': (image) => image.greyscale().png({ compressionLevel: 1 }),
  '16-bit png': (image) => image.toColourspace('rgb16').png({ compressionLevel: 1 }),
  webp: (image) => image.webp({ quality: 90, effort: 0 }),
  gif: (image) => image.gif({ effort: 1 }),
  avif: (image) => image.avif({ quality: 80, effort: 0 }),
};

/** Tall, wide, tiny, prime, and just at the steps of a decoder that shrinks. */
const ODD_SIZES = [
  [41, 624],
  [888, 89],
  [1, 700],
  [3, 2],
  [127, 129],
  [257, 509],
  [1025, 769],
  [1300, 900],
  [16_000, 100],
  [16_000, 7],
] as const;

/** What every ImageResizer promises that makes intermediate images. */
export function itMakesIntermediateImages(resizer: ImageResizer, limits: InputLimits): void {
  const decode = resizer.decode?.bind(resizer);
  const planOf = resizer.planOf?.bind(resizer);
  if (decode === undefined || planOf === undefined) return;

  /** Holds the thumbnail by way of the intermediate image to the direct one; false where there is no such way. */
  async function agrees(file: ImageFile, spec: ThumbnailSpec): Promise<boolean> {
    const plan = planOf!(file, spec);
    if (plan === undefined) return false;
    const { image: intermediate, thumbnail } = await decode!(file, spec, { signal });
    expect(intermediate.plan).to.equal(plan);
    const direct = await resizer.resize(file, spec, { signal });
    expect(await resizer.resize(intermediate, spec, { signal })).to.deep.equal(direct);
    if (thumbnail !== undefined) expect(thumbnail).to.deep.equal(direct);
    return true;
  }

  describe('decode', () => {
    for (const [name, encode] of Object.entries(ENCODINGS)) {
      it(`makes of a ${name} what all thumbnails of one plan are made of`, async () => {
        const image = await encode(photograph({ width: 1300, height: 940 })).toBuffer();
        const file = openWholeImage(image, limits);
        for (const fit of FITS) {
          const intermediates = new Map<string, IntermediateImage>();
          for (const size of [1, 16, 64, 128, 256]) {
            const spec = specOf({ size, fit, format: 'webp' });
            const plan = planOf(file, spec);
            if (plan === undefined) continue;
            const intermediate = intermediates.get(plan) ?? (await decode(file, spec, { signal })).image;
            intermediates.set(plan, intermediate);
            const derived = await resizer.resize(intermediate, spec, { signal });
            expect(derived, `${size} ${fit}`).to.deep.equal(await resizer.resize(file, spec, { signal }));
          }
        }
      });
    }

    it('keeps transparency', async () => {
      const faded = photograph({ width: 1300, height: 940, alpha: 'fade' });
      const file = openWholeImage(await faded.png({ compressionLevel: 1 }).toBuffer(), limits);
      const spec = specOf({ size: 64, fit: 'inside', format: 'jpeg-or-png' });
      if (await agrees(file, spec))
        expect((await resizer.resize(file, spec, { signal })).format).to.equal('png');
    });

    it('takes the first frame of an animation', async () => {
      for (const format of ['gif', 'webp'] as const) {
        await agrees(openWholeImage(await animation(format, 1300, 940), limits), PNG_64);
      }
    });

    it('gives thumbnails the sides that the original would have, whatever the image', async () => {
      for (const [width, height] of ODD_SIZES) {
        for (const options of [{ progressive: true }, { progressive: false }]) {
          for (const format of ['jpeg', 'png'] as const) {
            const image = await plain(width, height, QUARTERS.red).toFormat(format, options).toBuffer();
            const file = openWholeImage(image, limits);
            for (const fit of FITS) {
              for (const size of [1, 63, 128]) await agrees(file, specOf({ size, fit, format: 'png' }));
            }
          }
        }
      }
    }).timeout(60_000);

    it('has no plan for an image that is quickly decoded', async () => {
      const planFor = async (image: Sharp) => planOf(openWholeImage(await image.toBuffer(), limits), PNG_64);
      expect(await planFor(plain(100, 80, QUARTERS.red).jpeg())).to.equal(undefined);
      expect(await planFor(plain(1400, 1000, QUARTERS.red).avif({ effort: 0 }))).to.be.a('string');
    });

    it('refuses what resize refuses', async () => {
      const image = await photograph({ width: 1400, height: 1000 }).avif({ effort: 0 }).toBuffer();
      const file = openWholeImage(image.subarray(0, image.length / 2), limits);
      if (planOf(file, PNG_64) === undefined) return;
      const error: unknown = await decode(file, PNG_64, { signal }).catch((fault: unknown) => fault);
      expect(error).to.include({ code: 'corrupt-image' });
    });

    it('rejects with the reason of a signal that has aborted', async () => {
      const reason = new Error('the client has left');
      const file = openWholeImage(await plain(1400, 1000, QUARTERS.red).png().toBuffer(), limits);
      const outcome: unknown = await decode(file, PNG_64, { signal: AbortSignal.abort(reason) }).catch(
        (error: unknown) => error,
      );
      expect(outcome).to.equal(reason);
    });
  });
}
