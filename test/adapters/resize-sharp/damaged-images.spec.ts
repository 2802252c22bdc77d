import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { deflateSync } from 'node:zlib';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { FITS, INPUT_FORMATS, OUTPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { animation, photograph, plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { chunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { rejection } from '../../support/rejection.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const PNG_64 = specOf({ size: 64, fit: 'inside', format: 'png' });
const { signal } = new AbortController();
const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 };
const resizer = new SharpImageResizer(LIMITS);
const strict = new SharpImageResizer({ ...LIMITS, refusesDamaged: true });

async function resize(
  image: Uint8Array,
  spec: ThumbnailSpec = PNG_64,
  by: SharpImageResizer = resizer,
): Promise<Thumbnail> {
  return by.resize(openWholeImage(image, LIMITS), spec, { signal });
}

describe('resize-sharp: damaged and hostile images', () => {
  const encoders: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
    'baseline JPEG': (it) => it.jpeg(),
    'progressive JPEG': (it) => it.jpeg({ progressive: true }),
    PNG: (it) => it.png(),
    'interlaced PNG': (it) => it.png({ progressive: true }),
    WebP: (it) => it.webp({ effort: 0 }),
    'lossless WebP': (it) => it.webp({ effort: 0, lossless: true }),
    GIF: (it) => it.gif({ effort: 1 }),
    AVIF: (it) => it.avif({ effort: 0 }),
  };
  for (const [name, encode] of Object.entries(encoders)) {
    it(`refuses ${name} cut short anywhere, where damaged images are refused`, async () => {
      const image = await encode(photograph({ width: 400, height: 300 })).toBuffer();
      const cuts = [0.02, 0.1, 0.5, 0.9, 0.99].map((part) => Math.ceil(image.length * part));
      // The end mark of a GIF has one byte, that of a PNG twelve.
      for (const length of [...cuts, image.length - 12]) {
        for (const size of [16, 64, 256]) {
          const spec = { ...PNG_64, width: size, height: size };
          const error = await rejection(resize(image.subarray(0, length), spec, strict));
          expect(error, `cut at ${length} of ${image.length}`).to.include({ code: 'corrupt-image' });
        }
      }
    });
  }

  it('says what the decoder said as the cause', async () => {
    const image = await photograph({ width: 400, height: 300 }).webp().toBuffer();
    const error = await rejection(resize(image.subarray(0, 3000)));
    expect((error as Error).cause)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.contains('webp');
  });

  it('refuses an AVIF whose frame is larger than its header says', async () => {
    const image = await plain(3000, 2000, QUARTERS.red).avif({ effort: 0 }).toBuffer();
    const size = image.indexOf('ispe') + 8;
    image.writeUInt32BE(100, size);
    image.writeUInt32BE(100, size + 4);
    const error = await rejection(resize(image));
    expect(error).to.include({ code: 'corrupt-image' });
  });

  it('takes no notice of text in a PNG, however far it would inflate', async () => {
    const png = await plain(200, 100, QUARTERS.red).png().toBuffer();
    const text = Buffer.concat([Buffer.from('key\0\0'), deflateSync(Buffer.alloc(7_000_000, 65))]);
    const bomb = withChunks(png, Array<Buffer>(40).fill(chunk('zTXt', text)));
    const before = peakBytes();
    const thumbnail = await resize(bomb);
    expect([thumbnail.width, thumbnail.height]).to.deep.equal([64, 32]);
    expect(thumbnail.original.bytes).to.equal(bomb.length);
    // Left in, it takes some 1200 MB.
    expect(peakBytes() - before).to.be.lessThan(400e6);
  });

  it('shows the first frame of an animation with damage behind it, or says that it is damaged', async () => {
    for (const format of ['gif', 'webp'] as const) {
      const image = await animation(format, 100, 80);
      const cut = image.subarray(0, image.length - 10);
      const outcome = await resize(cut).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).to.include({ code: 'corrupt-image' });
      else expect(outcome).to.include({ width: 64, height: 51 });
    }
  });

  it('takes a GIF for damaged that ends within a later frame, unless it is not looked at', async () => {
    const frame = await photograph({ width: 200, height: 150 }).png().toBuffer();
    const image = await sharp([frame, await sharp(frame).negate().png().toBuffer()], {
      join: { animated: true },
    })
      .gif({ effort: 1 })
      .toBuffer();
    const cut = image.subarray(0, image.length - 10);
    const animated = { ...PNG_64, animation: 'gif' } as const;
    expect((await resize(cut)).original.isDamaged).to.equal(undefined);
    expect((await resize(cut, animated)).original.isDamaged).to.equal(true);
    for (const spec of [PNG_64, animated]) {
      expect(await rejection(resize(cut, spec, strict))).to.include({ code: 'corrupt-image' });
      // Its trailer alone is missed by nobody.
      const { original } = await resize(image.subarray(0, -1), spec, strict);
      expect(original.isDamaged).to.equal(undefined);
    }
  });

  it('takes a TIFF for damaged of which a tile cannot be read, and refuses one of which none can', async () => {
    const limits = { ...LIMITS, inputFormats: INPUT_FORMATS };
    const show = (tiff: Buffer) =>
      new SharpImageResizer(limits).resize(openWholeImage(tiff, limits), PNG_64, { signal });
    const tiles = { compression: 'lzw', tile: true, tileWidth: 64, tileHeight: 64 } as const;
    const tiff = await photograph({ width: 256, height: 192 }).tiff(tiles).toBuffer();
    expect((await show(tiff)).original.isDamaged).to.equal(undefined);
    const broken = Buffer.from(tiff).fill(0xff, tiff.length >> 1, (tiff.length >> 1) + 2000);
    expect((await show(broken)).original.isDamaged).to.equal(true);
    const inks = await photograph({ width: 256, height: 192 }).toColourspace('cmyk').tiff(tiles).toBuffer();
    for (const none of [tiff, inks]) {
      // By its tag, of 16 bits: ZSTD, which the decoder does not have.
      const entry = none.indexOf(Buffer.from('03010300010000000500', 'hex'));
      none.writeUInt16LE(50_000, entry + 8);
      expect(await rejection(show(none))).to.include({ code: 'corrupt-image' });
    }
  });

  it('takes a JPEG with stray bytes ahead of its first segment, as its decoder does', async () => {
    const image = await photograph({ width: 100, height: 80 }).jpeg().toBuffer();
    const stray = Buffer.concat([image.subarray(0, 2), Buffer.of(0x01, 0x01, 0x00), image.subarray(2)]);
    const thumbnail = await resize(stray);
    expect([thumbnail.width, thumbnail.height]).to.deep.equal([64, 51]);
  });

  it('takes a PNG with a chunk that nobody knows ahead of its header, as its decoder does', async () => {
    const image = await plain(100, 80, QUARTERS.red).png().toBuffer();
    const odd = Buffer.concat([image.subarray(0, 8), chunk('xxXx', Buffer.alloc(3)), image.subarray(8)]);
    const { original } = await resize(odd);
    expect(original).to.include({ width: 100, height: 80 });
  });

  it('believes the canvas of a GIF, as browsers do', async () => {
    const image = await plain(40, 20, QUARTERS.red).gif().toBuffer();
    for (const sidePx of [640, 800, 8224]) {
      image.writeUInt16LE(sidePx, 6);
      const { width, height, original } = await resize(image);
      expect({ width, height }).to.deep.equal({
        width: 64,
        height: Math.max(1, Math.round((64 * 20) / sidePx)),
      });
      expect(original).to.include({ width: sidePx, height: 20 });
    }
  });

  it('meets changed bytes with a thumbnail or a domain error', async () => {
    for (const encode of Object.values(encoders)) {
      const image = await encode(photograph({ width: 60, height: 40 })).toBuffer();
      for (let at = 0; at < Math.min(image.length, 120); at += 3) {
        const changed = Buffer.from(image);
        changed[at] = (changed[at] ?? 0) ^ 0xff;
        await thumbnailOrDomainError(changed);
      }
    }
  });

  it('makes something of any shape', async () => {
    const shapes = [
      [1, 1],
      [1, 10_000],
      [10_000, 1],
      [16_383, 2],
      [2, 16_383],
      [16_383, 3],
      [63, 64],
      [65, 64],
    ] as const;
    for (const [width, height] of shapes) {
      const image = await plain(width, height, QUARTERS.red).png().toBuffer();
      for (const fit of FITS.filter((each) => each !== 'contain')) {
        for (const size of [1, 64, 2048]) {
          for (const format of OUTPUT_FORMATS) {
            const thumbnail = await resize(image, specOf({ size, fit, format }));
            expect(thumbnail.width).to.be.within(1, Math.min(size, width));
            expect(thumbnail.height).to.be.within(1, Math.min(size, height));
          }
        }
      }
    }
  });
});

async function thumbnailOrDomainError(image: Buffer): Promise<void> {
  try {
    await resize(image);
  } catch (error) {
    expect(error).to.be.instanceOf(ThumbnailerError);
  }
}

/** Most memory that this process has held so far. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
