import { expect } from 'chai';
import sharp from 'sharp';
import { type ResizerContext, kit } from '../../../src/adapter-kit.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { OUTPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { partOf } from '../../../src/domain/image/partial/partial-decoder.ts';
import type { PositionName } from '../../../src/domain/image/position.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import type { ImageResizer } from '../../../src/ports/image-resizer.ts';
import { itMakesIntermediateImages } from './intermediate-contract.ts';
import {
  animation,
  meanError,
  photograph,
  pixelsOf,
  plain,
  quarters,
  QUARTERS,
} from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 2_000_000 };
const PNG_64: ThumbnailSpec = specOf({ size: 64, fit: 'inside', format: 'png' });
const { signal } = new AbortController();

/**
 * What every ImageResizer promises, those methods included that it need not have. `create` is called with
 * what IMAGE_RESIZER's module is called with, and makes one with memory and slots enough for any test.
 */
export function itIsAnImageResizer(name: string, create: (context: ResizerContext) => ImageResizer): void {
  describe(`${name} as an ImageResizer`, function () {
    this.timeout(60_000);
    const resizer = create({ kit, limits: LIMITS });
    const resize = async (image: Uint8Array, spec: SpecFields = {}) =>
      resizer.resize(openWholeImage(image, LIMITS), specOf({ ...PNG_64, ...spec }), { signal });

    after(async () => {
      await resizer.close?.();
      await resizer.close?.();
    });

    it('has planOf where it has decode', () => {
      expect(typeof resizer.planOf).to.equal(typeof resizer.decode);
    });

    if (resizer.memoryCost !== undefined) {
      it('tells the memory that an image takes, more for one with more pixels', async () => {
        const costOf = async (width: number, height: number) => {
          const image = await plain(width, height, QUARTERS.red).avif({ effort: 0 }).toBuffer();
          return resizer.memoryCost?.(openWholeImage(image, LIMITS), PNG_64) ?? NaN;
        };
        const [small, large] = [await costOf(100, 100), await costOf(1000, 1000)];
        expect(small).to.be.greaterThan(0);
        expect(large).to.be.greaterThan(small + 1e6);
        expect(Number.isFinite(large)).to.equal(true);
      });
    }

    describe('resize', () => {
      it('keeps the whole image within the box, of which one side may be free', async () => {
        const wide = await quarters(400, 200).png().toBuffer();
        const tall = await quarters(200, 400).png().toBuffer();
        const sidesOf = async (image: Buffer, box: SpecFields) => {
          const { width, height } = await resize(image, { width: undefined, height: undefined, ...box });
          return [width, height];
        };
        expect(await sidesOf(wide, { size: 64 })).to.deep.equal([64, 32]);
        expect(await sidesOf(tall, { size: 64 })).to.deep.equal([32, 64]);
        expect(await sidesOf(tall, { width: 64 })).to.deep.equal([64, 128]);
        expect(await sidesOf(wide, { height: 64 })).to.deep.equal([128, 64]);
        expect(await sidesOf(wide, { width: 90, height: 30 })).to.deep.equal([60, 30]);
      });

      it('fills the box with cover', async () => {
        const image = await quarters(400, 200).png().toBuffer();
        for (const [width, height] of [
          [64, 64],
          [90, 30],
          [30, 90],
        ] as const) {
          const covered = await resize(image, { width, height, fit: 'cover' });
          expect([covered.width, covered.height]).to.deep.equal([width, height]);
        }
      });

      it('keeps what cover is told to keep', async () => {
        const image = await quarters(400, 200).png().toBuffer();
        const sidesOf = async (position: PositionName) => {
          const { bytes } = await resize(image, { size: 20, fit: 'cover', position });
          const { data, channels } = await pixelsOf(bytes);
          // Away from the edges, where scaling mixes colours.
          const pixelAt = (x: number) => data.subarray((3 * 20 + x) * channels).subarray(0, 3);
          return [pixelAt(4), pixelAt(15)] as const;
        };
        for (const [position, left, right] of [
          ['left', QUARTERS.red, QUARTERS.red],
          ['right', QUARTERS.green, QUARTERS.green],
          ['top-right', QUARTERS.green, QUARTERS.green],
          ['center', QUARTERS.red, QUARTERS.green],
        ] as const) {
          const [first, last] = await sidesOf(position);
          expectColour(first, left, 4);
          expectColour(last, right, 4);
        }
      });

      it('cuts out what it is told to, upright, ahead of all else', async () => {
        // Upright it is 400 by 200, with red at the top left and green beside that.
        const image = await quarters(400, 200).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
        const crop = { x: 0.25, y: 0, width: 0.5, height: 0.5 };
        const inside = await resize(image, { size: 40, crop });
        expect([inside.width, inside.height, inside.original.width]).to.deep.equal([40, 20, 400]);
        const { data, channels } = await pixelsOf(inside.bytes);
        expectColour(data.subarray(5 * channels), QUARTERS.red, 4);
        expectColour(data.subarray(35 * channels), QUARTERS.green, 4);
        const covered = await resize(image, { size: 20, crop, fit: 'cover', position: { x: 0.74, y: 0.1 } });
        expect([covered.width, covered.height]).to.deep.equal([20, 20]);
        const { data: right, channels: each } = await pixelsOf(covered.bytes);
        expectColour(right.subarray(3 * each), QUARTERS.green, 4);
        const small = await resize(image, { size: 300, crop });
        expect([small.width, small.height], 'never enlarged').to.deep.equal([200, 100]);
      });

      it('pads the image to the box with contain, where it is told to', async () => {
        const image = await plain(400, 200, QUARTERS.red).jpeg({ quality: 100 }).toBuffer();
        const pixelsWith = async (spec: SpecFields) => {
          const { bytes } = await resize(image, { width: 60, height: 50, fit: 'contain', ...spec });
          const { data, width, height, channels } = await pixelsOf(bytes);
          expect([width, height]).to.deep.equal([60, 50]);
          return [2, 25, 47].map((y) => [
            ...data.subarray((y * width + 30) * channels).subarray(0, channels),
          ]);
        };
        const [above, middle, below] = await pixelsWith({});
        expect([above, below]).to.deep.equal([
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ]);
        expectColour(Uint8Array.from(middle!), [...QUARTERS.red, 255], 3);
        const [topmost, , under] = await pixelsWith({ position: 'top', background: '204080' });
        expectColour(Uint8Array.from(topmost!), QUARTERS.red, 3);
        expect(under).to.deep.equal([0x20, 0x40, 0x80]);
        const [white] = await pixelsWith({ format: 'jpeg' });
        expectColour(Uint8Array.from(white!), [255, 255, 255], 6);
      });

      it('pads a small image without enlarging it', async () => {
        const image = await quarters(10, 10).png().toBuffer();
        const { bytes } = await resize(image, { size: 20, fit: 'contain', background: '000000' });
        const { data, channels } = await pixelsOf(bytes);
        const pixelAt = (x: number, y: number) => data.subarray((y * 20 + x) * channels).subarray(0, 3);
        expectColour(pixelAt(4, 10), [0, 0, 0], 0);
        expectColour(pixelAt(5, 5), QUARTERS.red, 0);
        expectColour(pixelAt(14, 14), QUARTERS.blue, 0);
        expectColour(pixelAt(15, 14), [0, 0, 0], 0);
      });

      it('never enlarges', async () => {
        const small = await quarters(40, 20).png().toBuffer();
        const inside = await resize(small);
        expect([inside.width, inside.height]).to.deep.equal([40, 20]);
        const covered = await resize(small, { fit: 'cover' });
        expect([covered.width, covered.height], 'the shape of the box').to.deep.equal([20, 20]);
        const image = await quarters(400, 20).png().toBuffer();
        const strip = await resize(image, { width: 90, height: 30, fit: 'cover' });
        expect([strip.width, strip.height]).to.deep.equal([60, 20]);
      });

      for (const format of OUTPUT_FORMATS) {
        it(`encodes ${format}, with the dimensions that it reports`, async () => {
          const image = await quarters(400, 300).jpeg().toBuffer();
          const thumbnail = await resize(image, { format });
          const { format: encoded, width, height, compression } = await sharp(thumbnail.bytes).metadata();
          expect(thumbnail.format).to.equal(format);
          expect(encoded === 'heif' ? compression : encoded).to.equal(format === 'avif' ? 'av1' : format);
          expect([width, height]).to.deep.equal([thumbnail.width, thumbnail.height]);
          expect([width, height]).to.deep.equal([64, 48]);
        });
      }

      it('takes a quality for the lossy formats: fewer bytes, further from the picture', async () => {
        const image = await photograph({ width: 400, height: 300 }).png().toBuffer();
        const truth = await pixelsOf((await resize(image, { size: 128 })).bytes);
        for (const format of ['avif', 'webp', 'jpeg'] as const) {
          const made = [];
          for (const quality of [20, undefined, 95]) {
            const { bytes } = await resize(image, { size: 128, format, quality });
            made.push({ length: bytes.length, error: meanError(await pixelsOf(bytes), truth) });
          }
          const byLength = made.toSorted((a, b) => a.length - b.length);
          expect(byLength, format).to.deep.equal(made);
          expect(
            made.toSorted((a, b) => b.error - a.error),
            format,
          ).to.deep.equal(made);
        }
      });

      it('tells what the original was, as a viewer shows it', async () => {
        const image = await quarters(400, 300).jpeg().withMetadata({ orientation: 6 }).toBuffer();
        const { original, width, height } = await resize(image);
        expect(original).to.deep.equal({ format: 'jpeg', width: 300, height: 400, bytes: image.length });
        expect([width, height]).to.deep.equal([48, 64]);
      });

      it('takes the first frame of an animation', async () => {
        for (const format of ['gif', 'webp'] as const) {
          const { bytes, original } = await resize(await animation(format, 100, 80));
          const { data, width, height } = await pixelsOf(bytes);
          expect([width, height, original.width, original.height]).to.deep.equal([64, 51, 100, 80]);
          expectColour(data.subarray(0, 3), QUARTERS.red, 4);
        }
      });

      it('leaves an animation one where it is told to, and anything else as it is', async () => {
        for (const source of ['gif', 'webp'] as const) {
          const image = await animation(source, 100, 80);
          const timing = await sharp(image, { animated: true }).metadata();
          for (const format of ['gif', 'webp'] as const) {
            const spec = { width: 50, height: 50, fit: 'contain', format, animated: true } as const;
            const made = await resize(image, spec);
            expect([made.format, made.width, made.height]).to.deep.equal([format, 50, 50]);
            const { pages, delay, loop } = await sharp(made.bytes, { animated: true }).metadata();
            expect([pages, delay, loop]).to.deep.equal([3, timing.delay, timing.loop]);
            const last = await pixelsOf(await sharp(made.bytes, { page: 2 }).png().toBuffer());
            expectColour(last.data.subarray((25 * 50 + 25) * last.channels), QUARTERS.blue, 12);
            expect(last.data[3], 'around it').to.equal(0);
          }
        }
        const still = await photograph({ width: 90, height: 70 }).png().toBuffer();
        expect(await resize(still, { format: 'webp', animated: true })).to.deep.equal(
          await resize(still, { format: 'webp' }),
        );
      });

      it('gives JPEG a white ground, or one of another colour', async () => {
        const image = await photograph({ width: 100, height: 80, alpha: 'fade' }).png().toBuffer();
        const groundWith = async (background?: string) => {
          const { data } = await pixelsOf((await resize(image, { format: 'jpeg', background })).bytes);
          return data.subarray(0, 3);
        };
        expectColour(await groundWith(), [255, 255, 255], 8);
        expectColour(await groundWith('204080'), [0x20, 0x40, 0x80], 20);
      });

      it('picks what is smallest where a client takes several formats alike', async () => {
        const drawing = await quarters(400, 300).png().toBuffer();
        const photo = await photograph({ width: 800, height: 600 }).jpeg().toBuffer();
        const smooth = await plain(800, 600, [90, 120, 200]).jpeg().toBuffer();
        for (const image of [drawing, photo, smooth]) {
          for (const size of [64, 256]) {
            const picked = await resize(image, { format: 'avif-or-webp', size });
            expect(picked.format).to.be.oneOf(['avif', 'webp']);
            for (const format of ['avif', 'webp'] as const) {
              expect(picked.bytes.length).to.be.at.most((await resize(image, { format, size })).bytes.length);
            }
          }
        }
        expect((await resize(photo, { format: 'avif-or-webp', size: 256 })).format).to.equal('avif');
      });

      it('picks the format with transparency that is taken for transparent pixels, and JPEG for all others', async () => {
        const size = { width: 90, height: 70 };
        const faded = await photograph({ ...size, alpha: 'fade' })
          .png()
          .toBuffer();
        const opaque = await photograph({ ...size, alpha: 'opaque' })
          .png()
          .toBuffer();
        for (const [format, transparent] of [
          ['jpeg-or-webp', 'webp'],
          ['jpeg-or-avif', 'avif'],
        ] as const) {
          expect((await resize(faded, { format })).format).to.equal(transparent);
          expect((await resize(opaque, { format })).format).to.equal('jpeg');
          expect((await resize(await photograph(size).jpeg().toBuffer(), { format })).format).to.equal(
            'jpeg',
          );
        }
      });

      it('picks PNG for transparent pixels and JPEG for photographs', async () => {
        const formatOf = async (image: Buffer) => (await resize(image, { format: 'jpeg-or-png' })).format;
        const size = { width: 90, height: 70 };
        expect(
          await formatOf(
            await photograph({ ...size, alpha: 'fade' })
              .png()
              .toBuffer(),
          ),
        ).to.equal('png');
        expect(
          await formatOf(
            await photograph({ ...size, alpha: 'opaque' })
              .png()
              .toBuffer(),
          ),
        ).to.equal('jpeg');
        expect(await formatOf(await photograph(size).jpeg().toBuffer())).to.equal('jpeg');
        expect(
          await formatOf(
            await photograph({ ...size, alpha: 'fade' })
              .webp()
              .toBuffer(),
          ),
        ).to.equal('png');
        expect(
          await formatOf(
            await photograph({ ...size, alpha: 'fade' })
              .gif()
              .toBuffer(),
          ),
        ).to.equal('png');
        expect(await formatOf(await photograph(size).gif().toBuffer())).to.equal('jpeg');
        expect(await formatOf(await quarters(90, 70).gif().toBuffer()), 'a drawing, smaller so').to.equal(
          'png',
        );
      });

      it('strips all metadata', async () => {
        const image = await photograph({ width: 300, height: 200 })
          .withExif({ IFD0: { Copyright: 'secret-name' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
          .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret-name/></x:xmpmeta>')
          .withIccProfile('p3')
          .jpeg()
          .toBuffer();
        expect(image.includes('secret-name')).to.equal(true);
        for (const format of OUTPUT_FORMATS) {
          const { bytes } = await resize(image, { format });
          const { exif, xmp, icc } = await sharp(bytes).metadata();
          expect([exif, xmp, icc]).to.deep.equal([undefined, undefined, undefined]);
          expect(Buffer.from(bytes).includes('secret-name')).to.equal(false);
        }
      });

      it('gives the same bytes whatever was asked before', async () => {
        const image = await photograph({ width: 600, height: 400 }).jpeg({ progressive: true }).toBuffer();
        for (const format of OUTPUT_FORMATS) {
          const first = await resize(image, { format });
          await resize(image, { format, size: 256, fit: 'cover' });
          expect(await resize(image, { format }), format).to.deep.equal(first);
        }
      });

      if (resizer.takesPartialFiles === true) {
        it('gives the same bytes of a file that was read in part', async () => {
          const image = await photograph({ width: 1600, height: 1200 })
            .jpeg({ progressive: true })
            .toBuffer();
          const file = openWholeImage(image, LIMITS);
          const part = partOf(image, image.length, PNG_64);
          expect(part?.length).to.be.below(image.length);
          const partial = { ...file, bytes: part ?? image, isPart: true };
          expect(await resizer.resize(partial, PNG_64, { signal })).to.deep.equal(await resize(image));
        });
      }

      it('leaves the image as it was', async () => {
        const image = await photograph({ width: 200, height: 100 }).png().toBuffer();
        const copy = Buffer.from(image);
        await resize(image);
        expect(image.equals(copy)).to.equal(true);
      });

      it('refuses an image of which nothing can be decoded', async () => {
        const image = await photograph({ width: 300, height: 200 }).webp().toBuffer();
        await expectRejection(resize(image.subarray(0, image.length / 2)), 'corrupt-image');
      });

      it('refuses an image with more pixels than its header says', async () => {
        const image = await plain(200, 100, QUARTERS.red).webp().toBuffer();
        const file = openWholeImage(image, LIMITS);
        const header = { ...file.header, width: 20, height: 10 };
        await expectRejection(resizer.resize({ ...file, header }, PNG_64, { signal }), 'image-too-large');
      });

      it('refuses what the decoder does not take for what it looked like', async () => {
        const html = { ...openWholeImage(await plain(9, 9, QUARTERS.red).png().toBuffer(), LIMITS) };
        const rejection = expectRejection(
          resizer.resize({ ...html, bytes: Buffer.from('<!doctype html><p>no image') }, PNG_64, { signal }),
          'unsupported-image',
        );
        await rejection;
      });

      it('rejects with the reason of a signal that has aborted', async () => {
        const reason = new Error('the client has left');
        const image = await plain(10, 10, QUARTERS.red).png().toBuffer();
        const rejection = await resizer
          .resize(openWholeImage(image, LIMITS), PNG_64, { signal: AbortSignal.abort(reason) })
          .catch((error: unknown) => error);
        expect(rejection).to.equal(reason);
      });
    });

    itMakesIntermediateImages(resizer, LIMITS);
  });
}

function expectColour(pixel: Uint8Array, colour: readonly number[], tolerance: number): void {
  colour.forEach((value, channel) => expect(pixel[channel]).to.be.closeTo(value, tolerance));
}

async function expectRejection(promise: Promise<unknown>, code: string): Promise<ThumbnailerError> {
  const outcome: unknown = await promise.catch((error: unknown) => error);
  if (!(outcome instanceof ThumbnailerError))
    throw new Error('not refused with a domain error', { cause: outcome });
  expect(outcome.code).to.equal(code);
  return outcome;
}
