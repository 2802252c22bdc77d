import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { photograph, pixelsOf } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { FITS } from '../../../src/domain/image/formats.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { rejection } from '../../support/rejection.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 };
const { signal } = new AbortController();
const resizer = new SharpImageResizer(LIMITS);

const SIDES = { width: 400, height: 300 } as const;
const SPECS: readonly SpecFields[] = [
  ...FITS.flatMap((fit) => [16, 256].map((size) => ({ size, fit }))),
  { width: 256, height: 60, fit: 'cover' },
];

async function resize(image: Uint8Array, fields: SpecFields = {}): Promise<Thumbnail> {
  const spec = specOf({ size: 64, format: 'png', ...fields });
  return resizer.resize(openWholeImage(image, LIMITS), spec, { signal });
}

/** Those that can be shown in part; of the others, browsers show nothing either. */
const ENCODERS: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
  'baseline JPEG': (it) => it.jpeg(),
  'progressive JPEG': (it) => it.jpeg({ progressive: true }),
  'grey JPEG': (it) => it.greyscale().jpeg(),
  PNG: (it) => it.png(),
  'PNG of a palette': (it) => it.png({ palette: true, effort: 1 }),
  'interlaced PNG': (it) => it.png({ progressive: true }),
  'interlaced PNG of 16 bits': (it) => it.toColourspace('rgb16').png({ progressive: true }),
  'interlaced PNG of a palette of 16 colours': (it) => it.png({ progressive: true, colours: 16, effort: 1 }),
  'interlaced grey PNG': (it) => it.greyscale().png({ progressive: true }),
  GIF: (it) => it.gif({ effort: 1 }),
};

describe('resize-sharp: files that are damaged or cut short', () => {
  for (const [name, encode] of Object.entries(ENCODERS)) {
    it(`are shown as far as they go, alike in every thumbnail: ${name}`, async () => {
      const image = await encode(photograph(SIDES)).toBuffer();
      for (const part of [0.3, 0.95]) {
        const cut = image.subarray(0, Math.ceil(image.length * part));
        for (const fields of SPECS) {
          const { original, ...thumbnail } = await resize(cut, fields);
          const whole = await resize(image, fields);
          expect(original).to.deep.equal({ ...whole.original, bytes: cut.length, isDamaged: true });
          expect([thumbnail.width, thumbnail.height]).to.deep.equal([whole.width, whole.height]);
          expect(await resize(cut, fields)).to.deep.equal({ ...thumbnail, original });
        }
      }
    });

    it(`look at their top as the whole file does: ${name}`, async () => {
      const image = await encode(photograph(SIDES)).toBuffer();
      const top = async (file: Buffer) => {
        const { bytes } = await resize(file, { size: 64 });
        const { data, info } = await sharp(bytes)
          .removeAlpha()
          .extract({ left: 0, top: 0, width: 64, height: 16 })
          .raw()
          .toBuffer({ resolveWithObject: true });
        return Array.from(data.subarray(0, info.width * info.channels * 16));
      };
      const [whole, cut] = [await top(image), await top(image.subarray(0, Math.ceil(image.length * 0.7)))];
      const error =
        whole.reduce((sum, value, at) => sum + Math.abs(value - (cut[at] ?? 0)), 0) / whole.length;
      expect(error).to.be.below(name.includes('interlaced') || name.includes('progressive') ? 12 : 1);
    });
  }

  it('count as damaged where all pixels are there but not the end mark', async () => {
    for (const progressive of [false, true]) {
      const image = await photograph(SIDES).jpeg({ progressive }).toBuffer();
      const { original } = await resize(image.subarray(0, -2));
      expect(original.isDamaged).to.equal(true);
      expect((await resize(image)).original).not.to.have.property('isDamaged');
    }
  });

  it('are shown where a checksum is wrong or some bytes were overwritten', async () => {
    const png = await photograph(SIDES).png({ compressionLevel: 1 }).toBuffer();
    png.fill(0, Math.floor(png.length * 0.7), Math.floor(png.length * 0.7) + 20);
    expect((await resize(png)).original.isDamaged).to.equal(true);
    const jpeg = await photograph(SIDES).jpeg().toBuffer();
    jpeg.fill(0x55, Math.floor(jpeg.length * 0.5), Math.floor(jpeg.length * 0.6));
    const { data } = await pixelsOf((await resize(jpeg, { size: 256 })).bytes);
    expect(new Set(data).size).to.be.above(50);
  });

  it('are refused where no pixel can be decoded', async () => {
    const dataOf: Readonly<Record<string, readonly [(photo: Sharp) => Sharp, string]>> = {
      'baseline JPEG': [(it) => it.jpeg(), '\xff\xda'],
      'progressive JPEG': [(it) => it.jpeg({ progressive: true }), '\xff\xda'],
      PNG: [(it) => it.png(), 'IDAT'],
      'interlaced PNG': [(it) => it.png({ progressive: true }), 'IDAT'],
    };
    for (const [name, [encode, mark]] of Object.entries(dataOf)) {
      const image = await encode(photograph(SIDES)).toBuffer();
      const at = image.indexOf(mark, 0, 'latin1') + 14;
      for (const size of [16, 256]) {
        const error = await rejection(resize(image.subarray(0, at), { size }));
        expect(error, name).to.include({ code: 'corrupt-image' });
      }
    }
  });
});
