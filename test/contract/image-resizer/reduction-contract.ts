import { expect } from 'chai';
import type { Sharp } from 'sharp';
import type { Reach } from '../../../src/domain/image/reach.ts';
import { reaches } from '../../../src/domain/image/reduced-image.ts';
import type { ImageResizer } from '../../../src/ports/image-resizer.ts';
import { animation, photograph, pixelsOf, plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { ssim } from '../../../scripts/kit/ssim.ts';

const { signal } = new AbortController();

type Encode = (image: Sharp) => Sharp;
const ENCODINGS: Readonly<Record<string, Encode>> = {
  jpeg: (image) => image.jpeg({ quality: 90 }),
  'progressive jpeg': (image) => image.jpeg({ quality: 90, progressive: true }),
  'grey jpeg': (image) => image.greyscale().jpeg({ quality: 90 }),
  'turned jpeg': (image) => image.withMetadata({ orientation: 6 }).jpeg({ quality: 90 }),
  'jpeg with a wide profile': (image) => image.withIccProfile('p3').jpeg({ quality: 90 }),
  png: (image) => image.png(),
  '16-bit png': (image) => image.toColourspace('rgb16').png(),
  webp: (image) => image.webp({ quality: 90 }),
  gif: (image) => image.gif(),
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
  [653, 900],
] as const;

/** What every ImageResizer promises of the images that it has reduced. */
export function itReducesImages(resizer: ImageResizer): void {
  describe('reduce', () => {
    const reduce = (image: Uint8Array, reach: Reach) => resizer.reduce(image, reach, { signal });

    for (const [name, encode] of Object.entries(ENCODINGS)) {
      it(`makes of a ${name} what all sizes up to its reach can be made of`, async () => {
        const image = await encode(photograph({ width: 900, height: 640 })).toBuffer();
        const reduced = await reduce(image, { size: 128, fit: 'inside' });
        for (const size of [32, 64, 128]) await expectSame(image, reduced, { size, fit: 'inside' });
      });
    }

    it('keeps transparency, and what drawings need', async () => {
      const faded = await photograph({ width: 700, height: 500, alpha: 'fade' }).png().toBuffer();
      const reduced = await reduce(faded, { size: 64, fit: 'inside' });
      expect(reduced).to.include({ channels: 4 });
      const spec = { size: 64, fit: 'inside', format: 'jpeg-or-png' } as const;
      expect((await resizer.resize(reduced!, spec, { signal })).format).to.equal('png');
    });

    it('takes the first frame of an animation', async () => {
      const image = await animation('gif', 300, 200);
      await expectSame(image, await reduce(image, { size: 64, fit: 'inside' }), { size: 64, fit: 'inside' });
    });

    it('gives thumbnails the dimensions that they have otherwise, whatever the image', async () => {
      for (const [width, height] of ODD_SIZES) {
        for (const format of ['jpeg', 'png'] as const) {
          const image = await plain(width, height, QUARTERS.red).toFormat(format).toBuffer();
          for (const fit of ['inside', 'cover'] as const) {
            const reduced = await reduce(image, { size: 128, fit });
            for (const size of [1, 63, 128]) {
              if (reduced === undefined || !reaches(reduced, { size, fit })) continue;
              const spec = { size, fit, format: 'png' } as const;
              const direct = await resizer.resize(image, spec, { signal });
              const derived = await resizer.resize(reduced, spec, { signal });
              expect(derived.original).to.deep.equal(direct.original);
              // A decoder that halves a JPEG rounds each time: of a strip, the short side may be one pixel off then.
              const title = `${width}x${height} ${format} ${fit} ${size}`;
              expect(derived.width, title).to.be.closeTo(direct.width, format === 'jpeg' ? 1 : 0);
              expect(derived.height, title).to.be.closeTo(direct.height, format === 'jpeg' ? 1 : 0);
            }
          }
        }
      }
    });

    it('reaches what it was asked for, inside and cover, unless that is too large to hold', async () => {
      for (const [width, height] of [
        [1400, 1000],
        [1000, 1400],
        [1200, 300],
        [100, 80],
      ] as const) {
        const image = await plain(width, height, QUARTERS.red).jpeg().toBuffer();
        for (const fit of ['inside', 'cover'] as const) {
          const reduced = await reduce(image, { size: 128, fit });
          expect(reaches(reduced!, { size: 128, fit }), `${width}x${height} ${fit}`).to.equal(true);
        }
      }
      const strip = plain(16_000, 100, QUARTERS.red);
      expect(await reduce(await strip.png().toBuffer(), { size: 128, fit: 'cover' })).to.equal(undefined);
    });

    it('is said to be of no use for an image that is quickly decoded', async () => {
      const encoded = (image: Sharp, format: 'jpeg' | 'png' | 'avif') => image.toFormat(format).toBuffer();
      const small = plain(100, 80, QUARTERS.red);
      const large = plain(1400, 1000, QUARTERS.red);
      expect(resizer.decodesQuickly(await encoded(small, 'jpeg'))).to.equal(true);
      expect(resizer.decodesQuickly(await encoded(large.clone(), 'jpeg'))).to.equal(true);
      expect(resizer.decodesQuickly(await encoded(large.clone(), 'png'))).to.equal(false);
      expect(resizer.decodesQuickly(await large.avif({ effort: 0 }).toBuffer())).to.equal(false);
    });

    it('refuses what resize refuses', async () => {
      const image = await photograph({ width: 300, height: 200 }).jpeg().toBuffer();
      const codeOf = async (bytes: Uint8Array) => {
        const error: unknown = await reduce(bytes, { size: 64, fit: 'inside' }).catch(
          (fault: unknown) => fault,
        );
        return (error as { readonly code?: string } | undefined)?.code;
      };
      expect(await codeOf(image.subarray(0, image.length / 2))).to.equal('corrupt-image');
      expect(await codeOf(Buffer.from('%PDF-1.7'))).to.equal('unsupported-image');
    });

    it('rejects with the reason of a signal that has aborted', async () => {
      const reason = new Error('the client has left');
      const image = await photograph({ width: 30, height: 20 }).png().toBuffer();
      const outcome: unknown = await resizer
        .reduce(image, { size: 64, fit: 'inside' }, { signal: AbortSignal.abort(reason) })
        .catch((error: unknown) => error);
      expect(outcome).to.equal(reason);
    });
  });

  async function expectSame(
    image: Uint8Array,
    reduced: Awaited<ReturnType<ImageResizer['reduce']>>,
    reach: Reach,
  ): Promise<void> {
    const spec = { ...reach, format: 'png' } as const;
    const direct = await resizer.resize(image, spec, { signal });
    const derived = await resizer.resize(reduced!, spec, { signal });
    expect(derived.original).to.deep.equal(direct.original);
    // These are noisier than any photograph, of which 0.995 was measured.
    expect(ssim(await pixelsOf(derived.bytes), await pixelsOf(direct.bytes)), `at ${reach.size}`).to.be.above(
      0.98,
    );
  }
}
