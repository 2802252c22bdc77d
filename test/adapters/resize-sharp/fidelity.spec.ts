import { expect } from 'chai';
import sharp from 'sharp';
import { photograph, type Pixels, pixelsOf } from '../../../scripts/kit/images.ts';
import { below, randomOf } from '../../../scripts/kit/random.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import {
  type ImageFile,
  type InputLimits,
  openImage,
  openWholeImage,
} from '../../../src/domain/image/image-file.ts';
import type { Sides } from '../../../src/domain/image/target-box.ts';
import { shortFileFrom } from '../../support/short-files.ts';
import { boxOf, specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 5_000_000 };
const SIDES = { width: 2400, height: 1600 };
const { signal } = new AbortController();

describe('resize-sharp: the fidelity of a progressive JPEG with coloured edges', () => {
  const resizer = new SharpImageResizer(LIMITS);
  async function thumbnailOf(file: ImageFile, size: number): Promise<Pixels> {
    const { bytes } = await resizer.resize(file, specOf({ size, fit: 'inside', format: 'png' }), { signal });
    return pixelsOf(bytes);
  }

  for (const size of [64, 128, 256]) {
    it(`at ${size} px is about that of what sharp makes of the whole file in one step`, async () => {
      const progressive = await withRectangles(20);
      const thumbnail = await thumbnailOf(openWholeImage(progressive, LIMITS), size);
      const { width, height } = thumbnail;
      const usual = await sharp(progressive).resize({ width, height, fit: 'fill' }).raw().toBuffer();
      const reference = await reduced(progressive, thumbnail);
      expect(psnr(thumbnail.data, reference)).to.be.at.least(psnr(usual, reference) - 1.5);
    });
  }

  it('is kept by the lowest AC coefficients of chroma where its DC coefficients are too coarse', async () => {
    const progressive = await withRectangles(250);
    const dcAlone = shortFileFrom(progressive, boxOf(64))!;
    const withChroma = shortFileFrom(progressive, boxOf(128))!;
    expect(withChroma.length)
      .to.be.above(dcAlone.length)
      .and.below(progressive.length / 2);
    const fidelityOf = async (bytes: Buffer) => {
      // As of a file so small that no more is cut from it.
      const thumbnail = await thumbnailOf(openImage({ bytes, isPart: true, wholeBytes: 1 }, LIMITS), 128);
      return psnr(thumbnail.data, await reduced(progressive, thumbnail));
    };
    const [coarse, fine] = [await fidelityOf(dcAlone), await fidelityOf(withChroma)];
    expect(coarse).to.be.below(34);
    expect(fine).to.be.above(40);
  });
});

/** A photograph, and on it saturated rectangles: no edges are harder for chroma that is stored at half of the sides. */
async function withRectangles(count: number): Promise<Buffer> {
  const { width, height } = SIDES;
  const random = randomOf(1);
  const pixels = await photograph(SIDES).raw().toBuffer();
  for (let rectangle = 0; rectangle < count; rectangle += 1) {
    const colour = [0, 1, 2].map(() => (random() < 0.5 ? 20 : 235));
    const [across, down] = [20 + below(random, 300), 20 + below(random, 200)];
    const [left, top] = [below(random, width - across), below(random, height - down)];
    const row = Buffer.alloc(across * 3, Buffer.from(colour));
    for (let y = top; y < top + down; y += 1) row.copy(pixels, (y * width + left) * 3);
  }
  const painted = sharp(pixels, { raw: { ...SIDES, channels: 3 } });
  return painted.jpeg({ quality: 90, progressive: true }).toBuffer();
}

/** What the whole file, decoded at its full size, comes to at these sides. */
async function reduced(file: Buffer, { width, height }: Sides): Promise<Buffer> {
  const decoded = sharp(await sharp(file).raw().toBuffer(), { raw: { ...SIDES, channels: 3 } });
  return decoded.resize({ width, height, fit: 'fill' }).raw().toBuffer();
}

/** Peak signal-to-noise ratio in dB. */
function psnr(a: Buffer, b: Buffer): number {
  expect(a.length).to.equal(b.length);
  const sum = a.reduce((squares, value, at) => squares + (value - (b[at] ?? 0)) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * a.length) / sum);
}
