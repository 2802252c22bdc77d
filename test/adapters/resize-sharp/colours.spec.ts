import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { Comparison } from '../../../scripts/compare-chromium/comparison.ts';
import { codedPictureOf, nclx, withLimitedRange } from '../../../scripts/kit/avif-files.ts';
import { chromiumOnPath } from '../../../scripts/kit/chromium.ts';
import { ChromiumDrawing } from '../../../scripts/kit/chromium-drawing.ts';
import { chunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { photograph, pixelsOf, plain } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { box, stillFile } from '../../../src/domain/image/image-header/avif/still-file.ts';
import { describeUnless } from '../../support/describe-with.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 };
const [BT_709, BT_2020, DISPLAY_P3] = [1, 9, 12] as const;
const [SRGB, PQ, HLG] = [13, 16, 18] as const;
const resizer = new SharpImageResizer(LIMITS);

/** A photograph with a strip of saturated colours. */
async function colourful({ alpha = 'none' }: { readonly alpha?: 'none' | 'fade' } = {}): Promise<Sharp> {
  const strip = await Promise.all(
    [[230, 20, 30] as const, [20, 210, 40] as const, [30, 40, 240] as const, [240, 220, 10] as const].map(
      async (colour, index) => ({
        input: await plain(60, 40, colour).png().toBuffer(),
        left: 60 * index,
        top: 0,
      }),
    ),
  );
  const image = photograph({ width: 300, height: 200, alpha }).composite(strip);
  return sharp(await image.png().toBuffer());
}

function gamma(value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return chunk('gAMA', data);
}

function chromaticities(...values: number[]): Buffer {
  const data = Buffer.alloc(32);
  values.forEach((value, index) => data.writeUInt32BE(value, 4 * index));
  return chunk('cHRM', data);
}

/** Its peak and its mean. */
function contentLight(nits: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt32BE(nits * 10_000);
  data.writeUInt32BE(100 * 10_000, 4);
  return chunk('cLLI', data);
}

const numbers = (primaries: number, transfer: number) => chunk('cICP', Buffer.of(primaries, transfer, 0, 1));
const P3_CHROMATICITIES = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6000];

/** By what they say of colours, PNGs with these chunks. */
const PNG_CHUNKS: Readonly<Record<string, readonly Buffer[]>> = {
  'cICP: BT.709': [numbers(BT_709, 1)],
  'cICP: Display P3': [numbers(DISPLAY_P3, SRGB)],
  'cICP: BT.2020': [numbers(BT_2020, 14)],
  'cICP: PQ': [numbers(BT_2020, PQ)],
  'cICP: PQ of Display P3': [numbers(DISPLAY_P3, PQ)],
  'cICP: PQ with a peak': [numbers(BT_2020, PQ), contentLight(486)],
  'cICP: HLG with a peak': [numbers(BT_2020, HLG), contentLight(300)],
  'cICP: HLG': [numbers(BT_2020, HLG)],
  'cICP: linear': [numbers(BT_709, 8)],
  'cICP: PAL': [numbers(5, 5)],
  'cICP: SMPTE 240M': [numbers(7, 7)],
  'cICP that leaves the primaries unspecified': [numbers(2, PQ)],
  'cICP that leaves the transfer unspecified': [numbers(BT_2020, 2)],
  'cICP of a number without a meaning, beside a gAMA': [numbers(BT_2020, 200), gamma(100_000)],
  'cICP of a limited range': [chunk('cICP', Buffer.of(BT_2020, PQ, 0, 0))],
  'cICP that is cut short': [chunk('cICP', Buffer.of(BT_2020, PQ, 0))],
  'cICP of sRGB beside a gAMA': [numbers(BT_709, SRGB), gamma(100_000)],
  'gAMA of 1': [gamma(100_000)],
  'gAMA of 1.8': [gamma(55_556)],
  'gAMA of sRGB': [gamma(45_455)],
  'gAMA and cHRM': [gamma(45_455), chromaticities(...P3_CHROMATICITIES)],
  'cHRM of another white': [
    gamma(50_000),
    chromaticities(34_567, 35_850, 64_000, 33_000, 30_000, 60_000, 15_000, 6000),
  ],
  'cHRM alone': [chromaticities(...P3_CHROMATICITIES)],
  'sRGB beside a gAMA': [chunk('sRGB', Buffer.of(0)), gamma(100_000)],
};

/** Primaries, transfer and matrix of AVIFs. */
const AVIF_NUMBERS: Readonly<Record<string, readonly [number, number, number?]>> = {
  'BT.709': [BT_709, 1],
  'Display P3': [DISPLAY_P3, SRGB],
  'BT.2020': [BT_2020, 1],
  PQ: [BT_2020, PQ],
  HLG: [BT_2020, HLG],
  'linear light': [BT_709, 8],
  'an unspecified transfer': [DISPLAY_P3, 2],
  'unspecified primaries': [2, PQ],
  'reserved primaries': [0, PQ],
  'a reserved transfer': [BT_2020, 3],
  'a matrix made of the primaries': [DISPLAY_P3, PQ, 12],
};

const whyNot = chromiumOnPath() === undefined ? 'not installed: chromium' : undefined;

describeUnless(whyNot, 'resize-sharp: colours as Chromium shows them', () => {
  let comparison: Comparison;
  const running = new AsyncDisposableStack();

  before(async () => {
    const drawing = running.use(await ChromiumDrawing.start());
    comparison = new Comparison(resizer, LIMITS, drawing, 100);
  });
  after(() => running.disposeAsync());

  async function expectAlike(image: Buffer): Promise<void> {
    const { verdict, difference, similarity } = await comparison.of('', image);
    expect(verdict).to.equal('compared');
    expect(difference).to.be.below(2);
    expect(similarity).to.be.above(0.98);
  }

  for (const [name, chunks] of Object.entries(PNG_CHUNKS)) {
    it(`of a PNG by ${name}`, async () => {
      const image = await colourful();
      await expectAlike(withChunks(await image.png().toBuffer(), chunks));
      await expectAlike(withChunks(await image.toColourspace('rgb16').png().toBuffer(), chunks));
      const grey = await image.greyscale().toColourspace('b-w').png().toBuffer();
      await expectAlike(withChunks(grey, chunks));
    });
  }

  it('of a PNG by cICP, where there is a profile, too, and transparency', async () => {
    const image = await colourful({ alpha: 'fade' });
    const png = await image.withIccProfile('p3').png().toBuffer();
    await expectAlike(withChunks(png, [numbers(BT_2020, PQ)]));
    await expectAlike(withChunks(png, [numbers(BT_709, SRGB)]));
  });

  it('of a JPEG of four inks without a profile of them, whatever its coding is', async () => {
    const inks = (await colourful()).toColourspace('cmyk');
    for (const progressive of [false, true]) {
      for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
        await expectAlike(
          await inks.clone().jpeg({ quality: 95, progressive, chromaSubsampling }).toBuffer(),
        );
      }
    }
  });

  for (const [name, [primaries, transfer, matrix]] of Object.entries(AVIF_NUMBERS)) {
    for (const bitdepth of [8, 10] as const) {
      it(`of an AVIF of ${name}, ${bitdepth} bits`, async () => {
        const image = await colourful();
        for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
          const avif = await image.avif({ quality: 90, effort: 0, bitdepth, chromaSubsampling }).toBuffer();
          const picture = codedPictureOf(avif);
          await expectAlike(stillFile({ ...picture, colours: nclx(primaries, transfer, { matrix }) }));
        }
      });
    }
  }

  it('of an AVIF whose colours are unspecified but for their range, whatever its stream says', async () => {
    const image = await colourful();
    const picture = codedPictureOf(await image.avif({ quality: 90, effort: 0 }).toBuffer());
    for (const isFullRange of [true, false]) {
      const colours = nclx(2, 2, { matrix: 2, isFullRange });
      await expectAlike(stillFile({ ...picture, colours }));
      await expectAlike(stillFile({ ...withLimitedRange(picture), colours }));
    }
  });

  it('of an AVIF in limited range that is turned or mirrored, with odd sides, too', async () => {
    const image = (await colourful()).extract({ left: 0, top: 0, width: 299, height: 199 });
    for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
      const avif = await image.clone().avif({ quality: 90, effort: 0, chromaSubsampling }).toBuffer();
      const picture = withLimitedRange(codedPictureOf(avif));
      for (const turn of [box('imir', Buffer.of(0)), box('irot', Buffer.of(1))]) {
        for (const matrix of [2, 6]) {
          const colours = nclx(BT_709, SRGB, { matrix, isFullRange: false });
          await expectAlike(stillFile({ ...picture, colours, turns: [turn] }));
        }
      }
    }
  });

  it('of a grey AVIF and of transparency in limited range', async () => {
    const image = await colourful();
    const grey = codedPictureOf(await image.greyscale().avif({ quality: 90, effort: 0 }).toBuffer());
    await expectAlike(stillFile(grey));
    await expectAlike(stillFile(withLimitedRange(grey)));
    const colour = codedPictureOf(await image.avif({ quality: 90, effort: 0 }).toBuffer());
    const even = plain(300, 200, [150, 150, 150]).greyscale();
    const alpha = codedPictureOf(await even.avif({ quality: 90, effort: 0 }).toBuffer());
    await expectAlike(stillFile(colour, alpha));
    await expectAlike(stillFile(colour, withLimitedRange(alpha)));
  });
});

describe('resize-sharp: colours that are said by numbers', () => {
  it('are the same at every size and fit, in every format', async () => {
    const image = withChunks(await plain(400, 300, [120, 90, 60]).png().toBuffer(), [gamma(100_000)]);
    for (const fields of [{ size: 64 }, { size: 300 }, { width: 90, height: 20, fit: 'cover' as const }]) {
      for (const format of ['png', 'jpeg', 'webp', 'avif'] as const) {
        const spec = specOf({ ...fields, format });
        const { signal } = new AbortController();
        const { bytes } = await resizer.resize(openWholeImage(image, LIMITS), spec, { signal });
        const { data } = await pixelsOf(bytes);
        [182, 160, 133].forEach((value, channel) => expect(data[channel]).to.be.closeTo(value, 4));
      }
    }
  });
});
