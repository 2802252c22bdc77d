import { expect } from 'chai';
import sharp from 'sharp';
import { bitmapOf } from '../../../src/adapters/resize-sharp/bitmaps/bitmap.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { readImageHeader, recogniseFormat } from '../../../src/domain/image/image-header.ts';
import { type BmpFacts, bmpOf, icoOf, pictureOf } from '../../../scripts/kit/bitmaps.ts';
import { chunk, pngHeader, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { pixelsOf, plain } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const STRICT = { isLenient: false } as const;
const [RED, GREEN, BLUE, BLACK] = ['ff0000', '00ff00', '0000ff', '000000'];

/** Red, green and blue in the upper row, black, red and green in the lower one: rows from the bottom up. */
const PALETTE = Buffer.from('0000ff0000ff0000ff00000000000000', 'hex');
const ROWS = [RED, GREEN, BLUE, BLACK, RED, GREEN];

/** The same picture in every way that BMP has. */
const CODINGS: Readonly<Record<string, Omit<BmpFacts, 'width' | 'height'>>> = {
  '4 bits': { bits: 4, palette: PALETTE, pixels: Buffer.from('3010000001200000', 'hex') },
  '8 bits': { bits: 8, palette: PALETTE, pixels: Buffer.from('0300010000010200', 'hex') },
  '16 bits': { bits: 16, pixels: Buffer.from('0000007ce0030000007ce0031f000000', 'hex') },
  '16 bits, masks': {
    ...{ bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f] },
    pixels: Buffer.from('000000f8e007000000f8e0071f000000', 'hex'),
  },
  '24 bits': { bits: 24, pixels: Buffer.from('0000000000ff00ff000000000000ff00ff00ff0000000000', 'hex') },
  '32 bits': { bits: 32, pixels: Buffer.from('000000000000ff0000ff00000000ff0000ff0000ff000000', 'hex') },
  'runs of 8 bits': {
    ...{ bits: 8, compression: 1, palette: PALETTE },
    pixels: Buffer.from('01030100010100000003000102000001', 'hex'),
  },
  'runs of 4 bits': {
    ...{ bits: 4, compression: 2, palette: PALETTE },
    pixels: Buffer.from('023001100000000301200001', 'hex'),
  },
  'runs of 24 bits': {
    ...{ bits: 24, compression: 4, headerBytes: 64 },
    pixels: Buffer.from('01000000010000ff0100ff0000000003' + '0000ff00ff00ff000000' + '0001', 'hex'),
  },
};

function coloursOf({ pixels, channels }: { pixels: Uint8Array; channels: number }): string[] {
  return Array.from({ length: pixels.length / channels }, (_, at) =>
    Buffer.from(pixels.subarray(at * channels, at * channels + 3)).toString('hex'),
  );
}

describe('resize-sharp: bitmaps', () => {
  for (const [name, coding] of Object.entries(CODINGS)) {
    it(`reads a BMP of ${name}, from the bottom up and from the top down`, () => {
      const bottomUp = bmpOf({ width: 3, height: 2, ...coding });
      expect(recogniseFormat(bottomUp)).to.equal('bmp');
      expect(coloursOf(bitmapOf('bmp', bottomUp, STRICT)!)).to.deep.equal(ROWS);
      const topDown = bmpOf({ width: 3, height: -2, ...coding });
      const turned = [...ROWS.slice(3), ...ROWS.slice(0, 3)];
      expect(coloursOf(bitmapOf('bmp', topDown, STRICT)!)).to.deep.equal(turned);
    });
  }

  it('reads runs and moves, and writes nothing outside of a row', () => {
    // A run beyond its row, a move over the next, two indexes as they are, and no end.
    const pixels = Buffer.from('0902000000020100000201020000', 'hex');
    const bmp = bmpOf({ width: 3, height: 2, bits: 8, compression: 1, palette: PALETTE, pixels });
    // What is left out is black, whatever the first colour of the palette is.
    expect(coloursOf(bitmapOf('bmp', bmp, STRICT)!)).to.deep.equal([BLACK, BLACK, BLACK, BLUE, BLUE, BLUE]);
  });

  it('takes the alpha that a later header has a mask for, also where its colours have none', () => {
    const masks = [0, 0, 0, 0xff000000];
    const alphas = (pixels: string) => {
      const facts = { width: 2, height: 1, bits: 32, headerBytes: 108, masks };
      const { pixels: decoded } = bitmapOf(
        'bmp',
        bmpOf({ ...facts, pixels: Buffer.from(pixels, 'hex') }),
        STRICT,
      )!;
      return [...decoded].filter((_, at) => at % 4 === 3);
    };
    expect(alphas('0000ff800000ff00')).to.deep.equal([128, 0]);
    // Many programs leave it empty.
    expect(alphas('0000ff000000ff00')).to.deep.equal([255, 255]);
    // A header between the two has one that counts beside those of colours alone.
    const pixels = Buffer.alloc(4);
    const short = bmpOf({ width: 1, height: 1, bits: 32, headerBytes: 56, masks, pixels });
    expect(readImageHeader('bmp', short)?.hasAlpha).to.equal(false);
  });

  it('converts the colours of a profile in the file', async () => {
    const p3 = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { icc } = await sharp(p3).metadata();
    const facts = { width: 1, height: 1, bits: 24, pixels: Buffer.from('5050c800', 'hex') };
    const bmp = bmpOf({ ...facts, headerBytes: 124, profile: icc! });
    const [, , red = 0, green = 0, blue = 0] = await thumbnailOf(bmp);
    expect([red, green, blue].map((sample, at) => Math.abs(sample - [216, 69, 75][at]!) <= 2)).to.deep.equal(
      [true, true, true],
      String([red, green, blue]),
    );
    expect(await thumbnailOf(bmpOf(facts))).to.deep.equal([1, 1, 200, 80, 80]);
  });

  it('refuses a BMP whose rows are missing, and leniently leaves them transparent', () => {
    const whole = bmpOf({ width: 3, height: 2, ...CODINGS['24 bits']! });
    const cut = whole.subarray(0, -1);
    expect(() => bitmapOf('bmp', cut, STRICT)).to.throw(RangeError, 'missing');
    const shown = bitmapOf('bmp', cut, { isLenient: true })!;
    expect(coloursOf(shown).slice(3)).to.deep.equal(ROWS.slice(3));
    expect(shown.pixels.filter((_, at) => at % 4 === 3)).to.deep.equal(Uint8Array.of(0, 0, 0, 255, 255, 255));
  });

  it('refuses headers that make no sense', () => {
    const facts = { width: 3, height: 2, bits: 24, pixels: Buffer.alloc(24) };
    const odd: Partial<BmpFacts>[] = [
      { bits: 7 },
      { compression: 1 },
      { compression: 4 },
      { compression: 3 },
      { width: 0 },
      { width: -3 },
    ];
    for (const each of odd) {
      expect(readImageHeader('bmp', bmpOf({ ...facts, ...each })), JSON.stringify(each)).to.equal(undefined);
    }
  });

  it('takes the largest picture of an icon, whatever its directory says, with its transparency', async () => {
    const png = await plain(40, 40, [200, 30, 40]).png().toBuffer();
    const masked = pictureOf({
      ...{ width: 2, height: 4, bits: 24 },
      pixels: Buffer.concat([Buffer.alloc(16, 9), Buffer.from('4000000080000000', 'hex')]),
    });
    const icon = icoOf([masked, png, Buffer.from('nothing')]);
    expect(recogniseFormat(icon)).to.equal('ico');
    expect(readImageHeader('ico', icon)).to.include({ format: 'ico', width: 40, height: 40 });
    expect(await thumbnailOf(icon)).to.deep.equal([40, 40, 200, 30, 40]);
    const small = bitmapOf('ico', icoOf([masked]), STRICT)!;
    expect([...small.pixels.filter((_, at) => at % 4 === 3)]).to.deep.equal([0, 255, 255, 0]);
  });

  it('takes the alpha of a picture of 32 bits before its mask, unless there is none', () => {
    const alphas = (pixels: string) => {
      const picture = pictureOf({ width: 1, height: 2, bits: 32, pixels: Buffer.from(pixels, 'hex') });
      return bitmapOf('ico', icoOf([picture]), STRICT)!.pixels[3];
    };
    expect([
      alphas('0000ff8080000000'),
      alphas('0000ff0000000000'),
      alphas('0000ff0080000000'),
    ]).to.deep.equal([128, 255, 0]);
  });

  it('leaves transparent, leniently, the rows that are missing of an icon, with or without its own alpha', () => {
    for (const bits of [24, 32]) {
      // One row of two, either way.
      const pixels = Buffer.from('0000ff000000ff00', 'hex');
      const picture = pictureOf({ width: 2, height: 4, bits, pixels });
      expect(() => bitmapOf('ico', icoOf([picture]), STRICT)).to.throw(RangeError, 'missing');
      const shown = bitmapOf('ico', icoOf([picture]), { isLenient: true })!;
      const alphas = [...shown.pixels.filter((_, at) => at % 4 === 3)];
      expect(alphas, `${bits} bits`).to.deep.equal([0, 0, 255, 255]);
    }
  });

  it('is bounded by the sides that its own pictures say', () => {
    const picture = pictureOf({
      width: 9000,
      height: 18_000,
      bits: 8,
      compression: 1,
      pixels: Buffer.of(0, 1),
    });
    expect(() => openWholeImage(icoOf([picture]), { inputFormats: ['ico'], maxPixels: 1e6 })).to.throw(
      '81 megapixels',
    );
  });

  it('reads each picture of an icon to where the next one begins, whatever length its directory says', async () => {
    const pngs = await Promise.all([20, 30].map((side) => plain(side, 10, [255, 0, 0]).png().toBuffer()));
    for (const saidBytes of [0, 8, 0xffffffff]) {
      const icon = icoOf(pngs);
      icon.writeUInt32LE(saidBytes, 6 + 8);
      icon.writeUInt32LE(saidBytes, 22 + 8);
      expect(await thumbnailOf(icon), `${saidBytes}`).to.deep.equal([30, 10, 255, 0, 0]);
    }
    // Both entries name the first.
    const icon = icoOf(pngs);
    icon.writeUInt32LE(icon.readUInt32LE(6 + 12), 22 + 12);
    expect(readImageHeader('ico', icon)).to.include({ width: 20, height: 10 });
  });

  it('reads no more parts of all pictures of an icon together than of one image', () => {
    const junk = Array<Buffer>(5000).fill(chunk('teSt'));
    const pngs = [20, 30, 40].map((width) => withChunks(pngHeader({ width, height: 10 }), junk));
    expect(readImageHeader('ico', icoOf(pngs))).to.include({ width: 20, height: 10 });
  });
});

async function thumbnailOf(file: Buffer): Promise<number[]> {
  const limits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 1e6 } as const;
  const resizer = new SharpImageResizer(limits);
  const image = openWholeImage(file, { ...limits, inputFormats: ['bmp', 'ico'] });
  const spec = specOf({ size: 64, format: 'png' });
  const { bytes, width, height } = await resizer.resize(image, spec, new AbortController());
  return [width, height, ...(await pixelsOf(bytes)).data.subarray(0, 3)];
}
