import type { AvifItem } from '../kit/hostile-images/avif.ts';
import * as avif from '../kit/hostile-images/avif.ts';
import { gifExtension, gifFrame, hostileGif } from '../kit/hostile-images/gif.ts';
import { type JpegScan, emptyBlocks, hostileJpeg, jpegSegment } from '../kit/hostile-images/jpeg.ts';
import { blankPng, chunk, profileChunk, withChunks } from '../kit/hostile-images/png.ts';
import { TIFF, hostileTiff } from '../kit/hostile-images/tiff.ts';
import * as webp from '../kit/hostile-images/webp.ts';
import { type Random, below, pick, randomOf } from '../kit/random.ts';
import type { MemoryCase } from './cases.ts';
import { avifPicture, hostileCase, lossy, tiffStrip } from './hostile-cases.ts';

const MB = 1e6;
const MAX_PIXELS = 20 * MB;

/** Files put together of valid parts in ways that nobody thought of: the same seed gives the same files. */
export function generatedCases(seed: number, count: number): MemoryCase[] {
  return Array.from({ length: count }, (_, index) => {
    const number = seed + index;
    const format = pick(randomOf(number), FORMATS);
    return hostileCase(`${format} of seed ${number}`, () => GENERATORS[format](randomOf(number + 0.5e9)));
  });
}

type Generator = (random: Random) => Buffer | Promise<Buffer>;

const jpeg: Generator = (random) => {
  const components = pick(random, [1, 3, 4]);
  const { width, height } = sidesOf(random);
  const frame = pick(random, [0xc0, 0xc2, 0xc2, 0xc3, 0xc9, 0xca]);
  const scans = times(random, 30, (): JpegScan => {
    const ahead = jpegSegment(pick(random, [0xe1, 0xe2, 0xed, 0xfe]), Buffer.alloc(sizeOf(random, 60_000)));
    const isDc = random() < 0.4;
    return {
      components: isDc
        ? Array.from({ length: components }, (_, at) => at + 1)
        : [1 + below(random, components)],
      first: isDc ? 0 : 1 + below(random, 5),
      last: isDc ? 0 : 5 + below(random, 59),
      lowest: below(random, 3),
      data: random() < 0.5 ? emptyBlocks((width * height) / 64) : Buffer.alloc(sizeOf(random, 50_000), 0x5a),
      ...(random() < 0.2 ? { ahead } : {}),
    };
  });
  const sampling = [1 + below(random, 4), 1 + below(random, 4)] as const;
  const restartInterval = random() < 0.2 ? 1 + below(random, 500) : 0;
  return hostileJpeg({ width, height, components, sampling, frame, restartInterval, scans });
};

const png: Generator = (random) => {
  const colourType = pick(random, [0, 2, 4, 6]);
  const bitDepth = pick(random, colourType === 0 ? [1, 2, 4, 8, 16] : [8, 16]);
  const image = blankPng({ ...sidesOf(random), colourType, bitDepth, interlaced: random() < 0.3 });
  const exif = () =>
    chunk('eXIf', Buffer.concat([Buffer.from('MM\0*'), Buffer.alloc(sizeOf(random, 6 * MB))]));
  const palette = () =>
    chunk('sPLT', Buffer.concat([Buffer.from('name\0\x08'), Buffer.alloc(6 * sizeOf(random, MB))]));
  const other = () =>
    chunk(
      pick(random, ['tEXt', 'hIST', 'pCAL', 'teSt', 'bKGD', 'acTL']),
      Buffer.alloc(sizeOf(random, 2 * MB)),
    );
  const profile = () => profileChunk(200 + sizeOf(random, 8 * MB));
  return withChunks(
    image,
    times(random, 6, () => pick(random, [exif, palette, other, profile])()),
  );
};

const webP: Generator = async (random) => {
  const { width, height } = sidesOf(random);
  const picture = async () =>
    pick(random, [
      await lossy(width, height),
      webp.losslessPicture(width, height, random() < 0.5),
      webp.manyTables(width, height, 1 + sizeOf(random, Math.min(65_536, Math.floor((width * height) / 16)))),
    ]);
  const metadata = times(random, 3, () =>
    webp.webpChunk(pick(random, ['ICCP', 'EXIF', 'XMP ', 'junk']), Buffer.alloc(sizeOf(random, 4 * MB))),
  );
  const hasAlpha = random() < 0.4;
  const frame = hasAlpha ? [webp.losslessAlpha(), await lossy(width, height)] : [await picture()];
  const flags = 0x2c + (hasAlpha ? webp.WEBP_FLAGS.alpha : 0);
  if (random() < 0.6)
    return webp.hostileWebp([webp.vp8x(width, height, flags), ...metadata, ...frame, ...metadata]);
  const frames = Array<Buffer>(1 + below(random, 5)).fill(webp.anmf(width, height, frame));
  const head = [webp.vp8x(width, height, flags + 2), webp.webpChunk('ANIM', Buffer.alloc(6))];
  return webp.hostileWebp([...head, ...frames, ...metadata]);
};

const gif: Generator = (random) => {
  const { width, height } = sidesOf(random);
  const blocks = times(random, 2000, () => {
    if (random() < 0.3)
      return gifExtension(pick(random, [0xf9, 0xfe, 0xff]), Buffer.alloc(sizeOf(random, 3000)));
    const table = random() < 0.2 ? { localTableBits: 1 + below(random, 8) } : {};
    return gifFrame({ width: 1 + below(random, 20), height: 1 + below(random, 20), ...table });
  });
  const first = gifFrame(random() < 0.5 ? { width, height } : { width, height: 1 });
  return hostileGif(random() < 0.5 ? width : 10, height, [first, ...blocks]);
};

const avifFile: Generator = async (random) => {
  const { width, height } = sidesOf(random, 4 * MB);
  const picture = await avifPicture(width, height, random() < 0.4);
  const lying = avif.ispe(1 + below(random, width), 1 + below(random, height));
  const [, av1C = Buffer.alloc(0)] = picture.properties ?? [];
  const said = random() < 0.2 ? { ...picture, properties: [lying, av1C] } : picture;
  const frames = {
    ...said,
    data: Buffer.concat(Array<Buffer>(1 + below(random, 3)).fill(said.data ?? av1C)),
  };
  const metadata = times(random, 4, (): AvifItem => {
    const mime = { contentType: 'application/rdf+xml' };
    const type = pick(random, ['Exif', 'mime', 'uri ']);
    return { type, data: Buffer.alloc(sizeOf(random, 4 * MB)), ...(type === 'mime' ? mime : {}) };
  });
  const alpha = { ...picture, properties: [...(picture.properties ?? []), avif.ALPHA] };
  const [rows, columns] = [1 + below(random, 3), 1 + below(random, 3)];
  const canvas = [columns * width, rows * height] as const;
  const grid = {
    type: 'grid',
    data: avif.gridData(rows, columns, ...canvas),
    properties: [avif.ispe(...canvas)],
  };
  const items = random() < 0.4 ? [grid, said, alpha, ...metadata] : [frames, said, alpha, ...metadata];
  return avif.hostileAvif({
    items,
    references: [
      ...(items[0] === grid ? [{ type: 'dimg', from: 1, to: Array<number>(rows * columns).fill(2) }] : []),
      ...(random() < 0.5 ? [{ type: 'auxl', from: 3, to: [1] }] : []),
      ...metadata.map((_, index) => ({ type: 'cdsc', from: index + 4, to: [1] })),
    ],
    boxesWithin: times(random, 2, () => avif.box('free', Buffer.alloc(sizeOf(random, 4 * MB)))),
  });
};

const tiff: Generator = (random) => {
  const { width, height } = sidesOf(random, 4 * MB);
  const directories = times(random, 20, () => {
    const tags = times(random, 3, () => [
      pick(random, [TIFF.description, TIFF.xmp, TIFF.iptc, TIFF.profile, 65_000]),
      Buffer.alloc(sizeOf(random, 2 * MB), 65),
    ]);
    return { ...tiffStrip(width, height), ...(Object.fromEntries(tags) as Record<number, Buffer>) };
  });
  return hostileTiff([tiffStrip(width, height), ...directories], Buffer.alloc(width * height));
};

const GENERATORS = { jpeg, png, webp: webP, gif, avif: avifFile, tiff } as const;
const FORMATS = Object.keys(GENERATORS) as (keyof typeof GENERATORS)[];

/** Square, long or narrow, and small more often than large. */
function sidesOf(random: Random, maxPixels = MAX_PIXELS): { width: number; height: number } {
  const pixels = 64 + sizeOf(random, maxPixels);
  const width = Math.min(16_383, Math.max(1, Math.round(pixels ** (0.2 + 0.6 * random()))));
  return { width, height: Math.min(16_383, Math.max(1, Math.floor(pixels / width))) };
}

/** From 0 up to the limit, of every order of magnitude alike. */
function sizeOf(random: Random, limit: number): number {
  return Math.floor((limit + 1) ** random()) - 1;
}

function times<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + below(random, most) }, make);
}
