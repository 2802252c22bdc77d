import { expect } from 'chai';
import sharp from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import type { OutputChoice } from '../../../src/domain/image/formats.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { pixelsOf } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 1e6 } as const;

/** Rings of saturated colours on white. */
async function logo(side: number): Promise<Buffer> {
  const colours = [
    [230, 20, 40],
    [255, 255, 255],
    [20, 60, 220],
    [20, 170, 60],
  ] as const;
  const data = Buffer.alloc(side * side * 3, 255);
  for (let at = 0; at < side * side; at += 1) {
    const ring = Math.floor(
      Math.hypot((at % side) - side / 2, Math.floor(at / side) - side / 2) / (side / 7),
    );
    const colour = colours[ring];
    if (colour !== undefined) data.set(colour, at * 3);
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

describe('resize-sharp: small drawings', () => {
  const resizer = new SharpImageResizer(LIMITS);

  /** By how many decibels a thumbnail of 64 px differs from its pixels before they were encoded. */
  async function fidelityOf(drawing: Buffer, format: OutputChoice): Promise<number> {
    const file = openWholeImage(drawing, LIMITS);
    const pixels = async (as: OutputChoice) => {
      const thumbnail = await resizer.resize(file, specOf({ size: 64, format: as }), new AbortController());
      return (await pixelsOf(thumbnail.bytes)).data;
    };
    const [exact, found] = [await pixels('png'), await pixels(format)];
    const squares = exact.reduce((sum, sample, at) => sum + (sample - (found[at] ?? 0)) ** 2, 0);
    return 10 * Math.log10(255 ** 2 / (squares / exact.length));
  }

  it('whose colours are plain come out true to the pixel', async () => {
    const drawing = await logo(64);
    for (const format of ['avif-or-webp', 'webp', 'jpeg-or-png'] as const) {
      expect(await fidelityOf(drawing, format), format).to.equal(Infinity);
    }
  });

  it('of saturated colours lose less than a decibel beside the better of two formats', async () => {
    const drawing = await logo(512);
    const best = Math.max(await fidelityOf(drawing, 'webp'), await fidelityOf(drawing, 'avif'));
    expect(await fidelityOf(drawing, 'avif-or-webp')).to.be.above(best - 1);
  });
});
