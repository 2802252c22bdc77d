import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { type Pixels, pixelsOf } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { Region } from '../../../src/domain/image/region.ts';
import { POSITIONS } from '../../../src/domain/image/position.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png'], maxPixels: 20_000_000 };
const { signal } = new AbortController();

/** Where a fit puts what, worked out here once more and without the code under test: in fractions of the original, and in pixels. */
interface Expected {
  readonly width: number;
  readonly height: number;
  /** The image on the canvas, in pixels. */
  readonly image: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
  /** What part of the original that is. */
  readonly part: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

/** How far from the left and the top, 0 to 1: a focal point, or by the words of a name; the middle where it has none. */
function focusOf(position: SpecFields['position'] = 'center'): readonly [x: number, y: number] {
  if (typeof position !== 'string') return [position.x, position.y];
  const x = position.includes('left') ? 0 : position.includes('right') ? 1 : 0.5;
  const y = position.includes('top') ? 0 : position.includes('bottom') ? 1 : 0.5;
  return [x, y];
}

/** In whole pixels, by the edges. */
function areaOf({ x, y, width, height }: Region, across: number, down: number) {
  const [left, top] = [Math.round(x * across), Math.round(y * down)];
  const [right, bottom] = [Math.round((x + width) * across), Math.round((y + height) * down)];
  return { left, top, width: right - left, height: bottom - top };
}

/** Of a crop, all but it is forgotten first. */
function expectedOf(width: number, height: number, { crop, position, ...fields }: SpecFields): Expected {
  if (crop === undefined) return expectedUncropped(width, height, fields, focusOf(position));
  const area = areaOf(crop, width, height);
  const [x, y] = focusOf(position);
  const isPoint = typeof position === 'object';
  const focus = isPoint ? [(x - crop.x) / crop.width, (y - crop.y) / crop.height] : [x, y];
  const [across = 0, down = 0] = focus.map((each) => Math.min(Math.max(each, 0), 1));
  const expected = expectedUncropped(area.width, area.height, fields, [across, down]);
  const { part } = expected;
  return {
    ...expected,
    part: {
      left: (area.left + part.left * area.width) / width,
      top: (area.top + part.top * area.height) / height,
      width: (part.width * area.width) / width,
      height: (part.height * area.height) / height,
    },
  };
}

function expectedUncropped(
  width: number,
  height: number,
  fields: SpecFields,
  [x, y]: readonly [number, number],
): Expected {
  const dpr = fields.dpr ?? 1;
  const across = fields.width === undefined ? Infinity : Math.round(fields.width * dpr);
  const down = fields.height === undefined ? Infinity : Math.round(fields.height * dpr);
  const isBox = across !== Infinity && down !== Infinity;
  if (fields.fit === 'cover' && isBox) {
    const scale = Math.min(1, Math.max(across / width, down / height));
    // Of a small image, the largest part of the box's shape.
    const shape = Math.min(1, width / across, height / down);
    const [w, h] = [Math.max(1, Math.round(across * shape)), Math.max(1, Math.round(down * shape))];
    const [partWidth, partHeight] = [w / (width * scale), h / (height * scale)];
    const begin = (focus: number, length: number) => Math.min(Math.max(0, focus - length / 2), 1 - length);
    return {
      ...{ width: w, height: h, image: { left: 0, top: 0, width: w, height: h } },
      part: { left: begin(x, partWidth), top: begin(y, partHeight), width: partWidth, height: partHeight },
    };
  }
  const scale = Math.min(1, across / width, down / height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const part = { left: 0, top: 0, width: 1, height: 1 };
  if (fields.fit === 'contain' && isBox) {
    const [left, top] = [(across - w) * x, (down - h) * y].map((px) => Math.floor(px + 0.001)) as [
      number,
      number,
    ];
    return { width: across, height: down, image: { left, top, width: w, height: h }, part };
  }
  return { width: w, height: h, image: { left: 0, top: 0, width: w, height: h }, part };
}

/** Red tells how far a pixel of the original is from the left, green how far from the top. */
function originalPixels(width: number, height: number, channels: 3 | 4): Sharp {
  const pixels = Buffer.alloc(width * height * channels, 255);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += channels) {
      pixels[at] = Math.round((255 * (x + 0.5)) / width);
      pixels[at + 1] = Math.round((255 * (y + 0.5)) / height);
      pixels[at + 2] = 128;
      // The left half of a transparent one cannot be seen.
      if (channels === 4) pixels[at + 3] = x < width / 2 ? 0 : 255;
    }
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** How the pixels of an upright image are stored for each EXIF orientation (TIFF 6.0, tag 274): turned clockwise, then mirrored. */
const STORED: Readonly<Record<number, (image: Sharp) => Sharp>> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  4: (image) => image.flip(),
  5: (image) => image.rotate(270).flop(),
  6: (image) => image.rotate(270),
  7: (image) => image.rotate(90).flop(),
  8: (image) => image.rotate(90),
};

async function stored(image: Sharp, orientation: number): Promise<Buffer> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const turned = STORED[orientation]!(sharp(data, { raw: info }));
  // One step at a time: sharp has an order of its own.
  const pixels = await turned.raw().toBuffer({ resolveWithObject: true });
  return sharp(pixels.data, { raw: pixels.info })
    .withMetadata({ orientation })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

type Colour = readonly number[];

/** Every pixel of a thumbnail, as far as it is not mixed of two: at edges, scaling takes from both sides. */
function expectPixels(
  found: Pixels,
  { image, part, ...sides }: Expected,
  ground: Colour | undefined,
  title: string,
): void {
  expect([found.width, found.height], title).to.deep.equal([sides.width, sides.height]);
  const { data, width, height, channels } = found;
  const isGround = (at: number) => ground?.every((value, channel) => data[at + channel] === value) === true;
  const fail = (x: number, y: number, wanted: string) => {
    const pixel = data.subarray((y * width + x) * channels).subarray(0, channels);
    throw new Error(`${title}: ${x},${y} is ${pixel.join()}, not ${wanted}`);
  };
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += channels) {
      const fromLeft = x - image.left;
      const fromTop = y - image.top;
      const toEdge = Math.min(fromLeft, fromTop, image.width - 1 - fromLeft, image.height - 1 - fromTop);
      if (toEdge < 0) {
        if (!isGround(at)) fail(x, y, 'the ground');
        continue;
      }
      const red = 255 * (part.left + ((fromLeft + 0.5) / image.width) * part.width);
      const green = 255 * (part.top + ((fromTop + 0.5) / image.height) * part.height);
      const off = Math.max(Math.abs(data[at]! - red), Math.abs(data[at + 1]! - green));
      if (off > (toEdge < 2 ? 9 : 4)) fail(x, y, `${red.toFixed()},${green.toFixed()}`);
    }
  }
}

const SHAPES = [
  [120, 80],
  [80, 120],
  [36, 24],
  [24, 36],
] as const;

const BOXES: readonly SpecFields[] = [
  { width: 50 },
  { height: 30, dpr: 1.5 },
  { width: 51, height: 40 },
  { width: 17, height: 45, dpr: 2 },
  { width: 130, height: 140 },
];

const PLACES = [
  ...POSITIONS.filter((name) => name !== 'attention' && name !== 'entropy'),
  { x: 0.3, y: 0.7 },
  { x: 0.95, y: 0.05 },
];

const FITS: readonly SpecFields[] = [
  { fit: 'inside' },
  ...PLACES.flatMap((position) => [
    { fit: 'cover', position } as const,
    { fit: 'contain', position } as const,
  ]),
];

const CROPS: readonly Region[] = [
  { x: 0, y: 0, width: 0.5, height: 1 },
  { x: 0.4, y: 0.1, width: 0.55, height: 0.8 },
  { x: 0.3, y: 0.25, width: 0.7, height: 0.5 },
];

describe('resize-sharp: the table of geometry', () => {
  const resizer = new SharpImageResizer(LIMITS);
  const thumbnailOf = async (image: Buffer, fields: SpecFields, format: 'png' | 'jpeg' = 'png') => {
    const spec = specOf({ ...fields, format });
    const { bytes } = await resizer.resize(openWholeImage(image, LIMITS), spec, { signal });
    return pixelsOf(bytes);
  };

  async function expectAll(orientation: number, cases: readonly SpecFields[]): Promise<void> {
    for (const [width, height] of SHAPES) {
      const image = await stored(originalPixels(width, height, 3), orientation);
      for (const fields of cases) {
        const title = `${width}x${height} ${JSON.stringify(fields)}`;
        const expected = expectedOf(width, height, fields);
        const isPadded = expected.width > expected.image.width || expected.height > expected.image.height;
        const pixels = await thumbnailOf(image, fields);
        expect(pixels.channels, title).to.equal(isPadded ? 4 : 3);
        expectPixels(pixels, expected, [0, 0, 0, 0], title);
      }
    }
  }

  const BOXED = BOXES.flatMap((box) => FITS.map((fit) => ({ ...box, ...fit })));
  const CROPPED = CROPS.flatMap((crop) => BOXED.map((fields) => ({ ...fields, crop })));

  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    // Prime to the numbers of all that they are made of, so that each comes with each.
    const every = orientation === 1 ? 1 : 7;
    it(`holds for orientation ${orientation}: every shape, box, fit and position`, async () => {
      await expectAll(
        orientation,
        BOXED.filter((_, at) => at % every === 0),
      );
    });

    it(`holds for crops of orientation ${orientation}, with every box, fit and position`, async () => {
      await expectAll(
        orientation,
        CROPPED.filter((_, at) => at % (every * 2) === 0),
      );
    });
  }

  const GROUNDS = [
    ['png', undefined, [0, 0, 0, 0]],
    ['png', '20408000', [0, 0, 0, 0]],
    ['png', '20408080', [0x20, 0x40, 0x80, 0x80]],
    ['png', '204080', [0x20, 0x40, 0x80]],
    ['png', '204080ff', [0x20, 0x40, 0x80]],
  ] as const;

  for (const [format, background, colour] of GROUNDS) {
    it(`has ${background ?? 'nothing'} around an image in ${format}`, async () => {
      const image = await stored(originalPixels(300, 200, 3), 1);
      for (const fit of FITS.filter((each) => each.fit === 'contain')) {
        const fields = { width: 101, height: 90, background, ...fit };
        const expected = expectedOf(300, 200, fields);
        expectPixels(await thumbnailOf(image, fields, format), expected, colour, JSON.stringify(fields));
      }
    });
  }

  it('pads grey images in colour', async () => {
    const grey = await originalPixels(300, 200, 3).toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).to.equal(1);
    const { data, channels } = await thumbnailOf(grey, { size: 60, fit: 'contain', background: 'ff0000' });
    expect([...data.subarray(0, channels)]).to.deep.equal([255, 0, 0]);
  });

  it('leaves what is transparent as it is, whatever the ground, where the format can', async () => {
    const image = await stored(originalPixels(300, 200, 4), 1);
    for (const background of [undefined, 'ff0000', 'ff000080']) {
      const inside = await thumbnailOf(image, { size: 60, background });
      expect(inside.data[3], 'inside').to.equal(0);
      const { data, width } = await thumbnailOf(image, { size: 60, fit: 'contain', background });
      const alphaAt = (x: number, y: number) => data[(y * width + x) * 4 + 3];
      expect([alphaAt(10, 30), alphaAt(50, 30)], 'contain').to.deep.equal([0, 255]);
      expect(alphaAt(10, 0), 'around it').to.equal({ ff0000: 255, ff000080: 128 }[background ?? ''] ?? 0);
    }
  });

  it('lays what is transparent on the ground in a JPEG, which is as opaque as on white', async () => {
    const image = await stored(originalPixels(300, 200, 4), 1);
    for (const [background, colour] of [
      [undefined, [255, 255, 255]],
      ['ff8000', [255, 128, 0]],
      ['00000080', [127, 127, 127]],
      ['00000000', [255, 255, 255]],
    ] as const) {
      for (const fit of ['inside', 'cover', 'contain'] as const) {
        const { data, width, height, channels } = await thumbnailOf(
          image,
          { size: 60, fit, background },
          'jpeg',
        );
        const at = (Math.floor(height / 2) * width + 5) * channels;
        colour.forEach((value, channel) => expect(data[at + channel], fit).to.be.closeTo(value, 6));
      }
    }
  });
});
