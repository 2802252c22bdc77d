import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import {
  meanError,
  photograph,
  type PhotographOptions,
  type Pixels,
  pixelsOf,
  plain,
  quarters,
  QUARTERS,
} from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const { red, green, blue, yellow } = QUARTERS;
const { signal } = new AbortController();
const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 5_000_000 };
const resizer = new SharpImageResizer(LIMITS);

async function thumbnailPixels(image: Buffer, size = 128): Promise<Pixels> {
  const spec = specOf({ size, fit: 'inside', format: 'png' });
  return pixelsOf((await resizer.resize(openWholeImage(image, LIMITS), spec, { signal })).bytes);
}

describe('resize-sharp: pixels', () => {
  interface Source {
    readonly encode: (photo: Sharp) => Sharp;
    readonly alpha?: PhotographOptions['alpha'];
    /** Mean difference, of 255, from the photograph scaled before it was encoded. */
    readonly error: number;
  }
  const sources: Readonly<Record<string, Source>> = {
    'baseline JPEG': { encode: (it) => it.jpeg({ quality: 95 }), error: 2 },
    'progressive JPEG': { encode: (it) => it.jpeg({ quality: 95, progressive: true }), error: 2 },
    'CMYK JPEG with a profile': {
      encode: (it) => it.toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 95 }),
      // Printing inks reach fewer colours than a screen.
      error: 15,
    },
    PNG: { encode: (it) => it.png(), error: 0.1 },
    'PNG with alpha': { encode: (it) => it.png(), alpha: 'fade', error: 0.1 },
    'palette PNG': { encode: (it) => it.png({ palette: true, effort: 1 }), error: 4 },
    'interlaced PNG': { encode: (it) => it.png({ progressive: true }), error: 0.1 },
    '16-bit PNG': { encode: (it) => it.toColourspace('rgb16').png(), error: 1 },
    WebP: { encode: (it) => it.webp({ quality: 95, effort: 0 }), error: 3 },
    'lossless WebP': { encode: (it) => it.webp({ lossless: true, effort: 0 }), error: 3 },
    GIF: { encode: (it) => it.gif({ effort: 1 }), error: 6 },
    AVIF: { encode: (it) => it.avif({ quality: 90, effort: 0 }), error: 3 },
    '10-bit AVIF': { encode: (it) => it.avif({ quality: 90, effort: 0, bitdepth: 10 }), error: 3 },
  };

  for (const [name, { encode, alpha = 'none', error }] of Object.entries(sources)) {
    it(`come out of ${name} as they went in`, async () => {
      const photo = { width: 600, height: 450, alpha };
      const got = await thumbnailPixels(await encode(photograph(photo)).toBuffer());
      const { data, info } = await photograph(photo)
        .png()
        .toBuffer()
        .then((png) => sharp(png).resize(128, 96).raw().toBuffer({ resolveWithObject: true }));
      expect([got.width, got.height]).to.deep.equal([128, 96]);
      expect(meanError(got, { ...info, data })).to.be.lessThan(error);
    });
  }

  it('of a drawing stay as they are in WebP', async () => {
    const drawing = openWholeImage(await quarters(400, 300).png().toBuffer(), LIMITS);
    const { bytes } = await resizer.resize(drawing, specOf({ size: 64, fit: 'inside', format: 'webp' }), {
      signal,
    });
    expectColour((await pixelsOf(bytes)).data, 0, red, 0);
  });

  it('of a grey JPEG are grey', async () => {
    const grey = await plain(300, 200, [120, 120, 120]).toColourspace('b-w').jpeg().toBuffer();
    const { data } = await thumbnailPixels(grey);
    expectColour(data, 0, [120, 120, 120], 1);
  });

  it('of a CMYK JPEG without a profile are the light that its inks leave, as in browsers', async () => {
    const cmyk = await plain(300, 200, green).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).to.equal('cmyk');
    const inks = await sharp(cmyk).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const [cyan = 0, magenta = 0, yellow = 0, black = 0] = inks;
    const light = [cyan, magenta, yellow].map((ink) => ((255 - ink) * (255 - black)) / 255);
    expectColour((await thumbnailPixels(cmyk)).data, 0, light, 1);
  });

  for (const depth of ['srgb', 'rgb16'] as const) {
    for (const profile of ['srgb', 'p3'] as const) {
      it(`keep their colour from ${profile} to sRGB, ${depth === 'srgb' ? 8 : 16} bits each`, async () => {
        const image = await plain(300, 200, red)
          .toColourspace(depth)
          .withIccProfile(profile)
          .png()
          .toBuffer();
        expectColour((await thumbnailPixels(image)).data, 0, red, 2);
      });
    }
  }

  /** Corners as shown, clockwise from top left, of an image stored as red, green, blue, yellow. */
  const corners = [
    [red, green, blue, yellow],
    [green, red, yellow, blue],
    [blue, yellow, red, green],
    [yellow, blue, green, red],
    [red, yellow, blue, green],
    [yellow, red, green, blue],
    [blue, green, red, yellow],
    [green, blue, yellow, red],
  ];
  corners.forEach((expected, index) => {
    it(`stand upright from EXIF orientation ${index + 1}`, async () => {
      for (const format of ['jpeg', 'png', 'webp'] as const) {
        const stored = quarters(400, 300).withMetadata({ orientation: index + 1 });
        const image = await stored[format]({ quality: 95 }).toBuffer();
        const { data, width, height } = await thumbnailPixels(image);
        expect([width, height]).to.deep.equal(index < 4 ? [128, 96] : [96, 128]);
        const at = (x: number, y: number) => (y * width + x) * 3;
        const [right, bottom] = [width - 9, height - 9];
        [at(8, 8), at(right, 8), at(right, bottom), at(8, bottom)].forEach((offset, corner) =>
          expectColour(data, offset, expected[corner]!, 6),
        );
      }
    });
  });
});

function expectColour(data: Buffer, at: number, colour: readonly number[], tolerance: number): void {
  colour.forEach((value, channel) => expect(data[at + channel]).to.be.closeTo(value, tolerance));
}
