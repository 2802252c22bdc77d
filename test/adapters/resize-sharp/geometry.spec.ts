import { expect } from 'chai';
import sharp from 'sharp';
import { type Pixels, pixelsOf } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';
import { POSITIONS } from '../../../src/domain/image/position.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { shortFileFrom } from '../../support/short-files.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 20_000_000 };
const { signal } = new AbortController();

/** A picture whose red tells how far a pixel is from the left, and its green how far from the top: pixels tell where they come from. */
function ramps(width: number, height: number) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      pixels[at] = Math.round((255 * (x + 0.5)) / width);
      pixels[at + 1] = Math.round((255 * (y + 0.5)) / height);
      pixels[at + 2] = 128;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

const KINDS = ['png', 'jpeg', 'progressive', 'turned', 'webp', 'avif'] as const;
type Kind = (typeof KINDS)[number];

/** Upright it has these sides. */
async function encoded(kind: Kind, width: number, height: number): Promise<Buffer> {
  const jpeg = { quality: 100, chromaSubsampling: '4:4:4' };
  const image = ramps(width, height);
  switch (kind) {
    case 'png':
      return image.png({ compressionLevel: 1 }).toBuffer();
    case 'jpeg':
      return image.jpeg(jpeg).toBuffer();
    case 'progressive':
      return image.jpeg({ ...jpeg, progressive: true }).toBuffer();
    case 'turned':
      // Stored lying on its side; 6 has viewers turn it clockwise.
      return image
        .rotate(270)
        .withMetadata({ orientation: 6 })
        .jpeg({ ...jpeg, progressive: true })
        .toBuffer();
    case 'webp':
      return image.webp({ lossless: true, effort: 0 }).toBuffer();
    case 'avif':
      return image.avif({ quality: 90, effort: 0 }).toBuffer();
  }
}

/** Where the pixels of a thumbnail come from, in parts of the original. */
interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const WHOLE: Window = { left: 0, top: 0, right: 1, bottom: 1 };

/** Each pixel, against where it must come from; at the edges, scaling has less to go by. */
function expectWindow({ data, width, height, channels }: Pixels, window: Window, title: string): void {
  const inset = Math.min(2, Math.floor((Math.min(width, height) - 1) / 2));
  for (let y = inset; y < height - inset; y += 1) {
    for (let x = inset; x < width - inset; x += 1) {
      const at = (y * width + x) * channels;
      const across = window.left + ((x + 0.5) / width) * (window.right - window.left);
      const down = window.top + ((y + 0.5) / height) * (window.bottom - window.top);
      if (Math.abs(data[at]! - 255 * across) > 4 || Math.abs(data[at + 1]! - 255 * down) > 4) {
        const found = `${data[at]! / 255},${data[at + 1]! / 255}`;
        throw new Error(`${title}: pixel ${x},${y} is from ${found}, not from ${across},${down}`);
      }
    }
  }
}

/** The window that the middle of a thumbnail shows to be there, found from two of its pixels each way. */
function windowOf({ data, width, height, channels }: Pixels): Window {
  const sample = (x: number, y: number, channel: number) => data[(y * width + x) * channels + channel]! / 255;
  const [x0, x1] = [Math.floor(width / 4), Math.floor((width * 3) / 4)];
  const [y0, y1] = [Math.floor(height / 4), Math.floor((height * 3) / 4)];
  const perX = (sample(x1, y0, 0) - sample(x0, y0, 0)) / (x1 - x0);
  const perY = (sample(x0, y1, 1) - sample(x0, y0, 1)) / (y1 - y0);
  const left = sample(x0, y0, 0) - perX * (x0 + 0.5);
  const top = sample(x0, y0, 1) - perY * (y0 + 0.5);
  return { left, top, right: left + perX * width, bottom: top + perY * height };
}

const SHAPES = [
  [1500, 1000],
  [1000, 1500],
  [2400, 1600],
  [90, 60],
  [60, 90],
] as const;

/** A large AVIF takes the decoder seconds. */
const shapesOf = (kind: Kind) => (kind === 'avif' ? SHAPES.filter(([width]) => width < 2000) : SHAPES);

const BOXES: readonly SpecFields[] = [
  { width: 128 },
  { height: 128 },
  { width: 160, height: 90 },
  { width: 90, height: 160 },
  { width: 256, height: 64 },
  { size: 64 },
  { width: 300 },
];

describe('resize-sharp: geometry', () => {
  const resizer = new SharpImageResizer(LIMITS);

  /** In every way in which the file may come. */
  async function thumbnailOf(bytes: Buffer, fields: SpecFields, title: string): Promise<Pixels> {
    const spec = specOf({ ...fields, format: 'png' });
    const file = openWholeImage(bytes, LIMITS);
    const thumbnail = await resizer.resize(file, spec, { signal });
    if (resizer.planOf(file, spec) !== undefined) {
      const { image } = await resizer.decode(file, spec, { signal });
      expect(await resizer.resize(image, spec, { signal }), title).to.deep.equal(thumbnail);
    }
    const part = bytes.length > 32 * 1024 ? shortFileFrom(bytes, spec) : undefined;
    if (part !== undefined) {
      const short = openImage({ bytes: part, isPart: true, wholeBytes: bytes.length }, LIMITS);
      expect(await resizer.resize(short, spec, { signal }), title).to.deep.equal(thumbnail);
    }
    const pixels = await pixelsOf(thumbnail.bytes);
    expect([thumbnail.width, thumbnail.height], title).to.deep.equal([pixels.width, pixels.height]);
    return pixels;
  }

  for (const kind of KINDS) {
    it(`of ${kind} puts the whole image inside the box`, async () => {
      for (const [width, height] of shapesOf(kind)) {
        const bytes = await encoded(kind, width, height);
        for (const box of BOXES) {
          const title = `${width}x${height} in ${JSON.stringify(box)}`;
          const scale = Math.min(
            1,
            (box.size ?? box.width ?? Infinity) / width,
            (box.size ?? box.height ?? Infinity) / height,
          );
          const pixels = await thumbnailOf(bytes, box, title);
          expect([pixels.width, pixels.height], title).to.deep.equal([
            Math.round(width * scale),
            Math.round(height * scale),
          ]);
          expectWindow(pixels, WHOLE, title);
        }
      }
    });

    it(`of ${kind} covers the box, or as much of its shape as there is`, async () => {
      for (const [width, height] of shapesOf(kind)) {
        const bytes = await encoded(kind, width, height);
        for (const { size, width: across = size, height: down = size } of BOXES) {
          if (across === undefined || down === undefined) continue;
          const title = `${width}x${height} covers ${across}x${down}`;
          const pixels = await thumbnailOf(bytes, { width: across, height: down, fit: 'cover' }, title);
          // The largest rectangle of the box's shape within the image.
          const [partWidth, partHeight] =
            width / height > across / down
              ? [(height * across) / down, height]
              : [width, (width * down) / across];
          const expected = partWidth < across ? [partWidth, partHeight] : [across, down];
          expect([pixels.width, pixels.height], title).to.deep.equal(expected.map(Math.round));
          const { left, top, right, bottom } = windowOf(pixels);
          const tolerance = 0.06;
          expect(right - left, title).to.be.closeTo(partWidth / width, tolerance);
          expect(bottom - top, title).to.be.closeTo(partHeight / height, tolerance);
          expect(Math.min(left, top), title).to.be.above(-tolerance);
          expect(Math.max(right, bottom), title).to.be.below(1 + tolerance);
        }
      }
    });
  }

  for (const kind of KINDS) {
    it(`of ${kind} covers the box with the part at each named place`, async () => {
      for (const [width, height] of [
        [900, 600],
        [600, 900],
        [90, 60],
      ] as const) {
        const bytes = await encoded(kind, width, height);
        for (const position of POSITIONS) {
          if (position === 'attention' || position === 'entropy') continue;
          const title = `${width}x${height} ${position}`;
          const pixels = await thumbnailOf(bytes, { size: 100, fit: 'cover', position }, title);
          const side = Math.min(100, width, height);
          expect([pixels.width, pixels.height], title).to.deep.equal([side, side]);
          const across = Math.min(1, height / width);
          const down = Math.min(1, width / height);
          const left = position.endsWith('left')
            ? 0
            : position.endsWith('right')
              ? 1 - across
              : (1 - across) / 2;
          const top = position.startsWith('top')
            ? 0
            : position.startsWith('bottom')
              ? 1 - down
              : (1 - down) / 2;
          expectWindow(pixels, { left, top, right: left + across, bottom: top + down }, title);
        }
      }
    });
  }

  const crop = { x: 0.3, y: 0.2, width: 0.5, height: 0.6 };
  const CUT_OUT = { left: 0.3, top: 0.2, right: 0.8, bottom: 0.8 };
  /** Each with what comes out of an image of 900 by 600 pixels, and of one of 1600 by 2400. */
  const CROPPED: readonly (readonly [SpecFields, ...(readonly [number, number, Window])[]])[] = [
    [{ size: 120 }, [120, 96, CUT_OUT], [67, 120, CUT_OUT]],
    [{ width: 80 }, [80, 64, CUT_OUT], [80, 144, CUT_OUT]],
    [
      { size: 90, fit: 'cover', position: { x: 0.7, y: 0.5 } },
      [90, 90, { ...CUT_OUT, left: 0.4 }],
      [90, 90, { ...CUT_OUT, top: 1 / 3, bottom: 2 / 3 }],
    ],
  ];

  for (const kind of KINDS) {
    it(`of ${kind} cuts out what it is told to, ahead of all else`, async () => {
      const images = [await encoded(kind, 900, 600)];
      if (kind !== 'avif') images.push(await encoded(kind, 1600, 2400));
      for (const [box, ...expected] of CROPPED) {
        for (const [at, image] of images.entries()) {
          const title = `${JSON.stringify(box)} ${at}`;
          const [width, height, window] = expected[at]!;
          const pixels = await thumbnailOf(image, { ...box, crop }, title);
          expect([pixels.width, pixels.height], title).to.deep.equal([width, height]);
          expectWindow(pixels, window, title);
        }
      }
    });
  }

  it('leaves a side free to be as long as the image has it', async () => {
    const portrait = await encoded('jpeg', 300, 2400);
    const pixels = await thumbnailOf(portrait, { width: 128 }, 'portrait');
    expect([pixels.width, pixels.height]).to.deep.equal([128, 1024]);
  });
});
