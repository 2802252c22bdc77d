import { expect } from 'chai';
import fc from 'fast-check';
import sharp from 'sharp';
import { dominantColourOf } from '../../../src/domain/info/dominant-colour.ts';
import type { Pixels } from '../../../src/domain/info/pixels.ts';
import { MAX_PLACEHOLDER_LENGTH, placeholderOf } from '../../../src/domain/info/placeholder.ts';

const side = fc.integer({ min: 1, max: 100 });
/** The worst that can be stored: no two pixels alike. */
const noise = fc
  .tuple(side, side, fc.infiniteStream(fc.integer({ min: 0, max: 255 })))
  .map(([width, height, levels]): Pixels => ({
    width,
    height,
    rgba: Uint8Array.from({ length: width * height * 4 }, () => Number(levels.next().value)),
  }));

function painted(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => readonly number[],
): Pixels {
  const places = Array.from(
    { length: width * height },
    (_, at) => [at % width, Math.floor(at / width)] as const,
  );
  return { width, height, rgba: Uint8Array.from(places.flatMap(([x, y]) => colourAt(x, y))) };
}

describe('the dominant colour', () => {
  it('is the one that most of the picture has, not the mean of all', () => {
    const flag = painted(10, 10, (x) => (x < 6 ? [200, 30, 40, 255] : [20, 60, 190, 255]));
    expect(dominantColourOf(flag)).to.equal('#c81e28');
  });

  it('goes by what is to be seen', () => {
    const logo = painted(10, 10, (x) => (x < 3 ? [0, 128, 255, 255] : [255, 0, 0, 10]));
    expect(dominantColourOf(logo)).to.equal('#0080ff');
    expect(dominantColourOf(painted(2, 2, () => [9, 9, 9, 0]))).to.equal('#000000');
  });

  it('is the mean of shades that are alike', () => {
    expect(dominantColourOf(painted(2, 1, (x) => [16 + x * 2, 32, 48, 255]))).to.equal('#112030');
  });
});

describe('a placeholder', () => {
  it('is a picture of the same shape that is never too long', async () => {
    await fc.assert(
      fc.asyncProperty(noise, async (pixels) => {
        const uri = placeholderOf(pixels);
        expect(uri.length).to.be.at.most(MAX_PLACEHOLDER_LENGTH);
        const { width, height, format } = await sharp(bytesOf(uri)).metadata();
        expect(format).to.equal('png');
        const longest = Math.max(width, height);
        expect(longest).to.be.at.least(Math.min(12, Math.max(pixels.width, pixels.height)));
        const scale = longest / Math.max(pixels.width, pixels.height);
        expect(width).to.equal(Math.max(1, Math.round(pixels.width * scale)));
        expect(height).to.equal(Math.max(1, Math.round(pixels.height * scale)));
      }),
      { numRuns: 40 },
    );
  });

  it('has the colours of the picture where they are', async () => {
    const halves = painted(64, 64, (x) => (x < 32 ? [200, 30, 40, 255] : [20, 60, 190, 255]));
    const { data, info } = await sharp(bytesOf(placeholderOf(halves)))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).to.include({ width: 16, height: 16, channels: 3 });
    expect([...data.subarray(0, 3)]).to.deep.equal([200, 30, 40]);
    expect([...data.subarray(45, 48)]).to.deep.equal([20, 60, 190]);
  });

  it('does not show what is transparent', async () => {
    const hole = painted(32, 32, (x, y) => (x % 2 === y % 2 ? [0, 200, 0, 255] : [255, 0, 255, 0]));
    const { data } = await sharp(bytesOf(placeholderOf(hole)))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 4)]).to.deep.equal([0, 200, 0, 128]);
  });
});

function bytesOf(uri: string): Buffer {
  return Buffer.from(uri.replace(/^data:image\/png;base64,/, ''), 'base64');
}
