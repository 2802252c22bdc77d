import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import type { ThumbnailSpec } from '../../src/domain/request/thumbnail-spec.ts';
import { bmpOf, icoOf, pictureOf } from '../kit/bitmaps.ts';
import * as avif from '../kit/hostile-images/avif.ts';
import { gifExtension, gifFrame, hostileGif } from '../kit/hostile-images/gif.ts';
import { AC_SCAN, DC_SCAN, emptyBlocks, hostileJpeg, jpegSegment } from '../kit/hostile-images/jpeg.ts';
import { blankPng, chunk, profileChunk, withChunks } from '../kit/hostile-images/png.ts';
import { svg } from '../kit/hostile-images/svg.ts';
import { TIFF, hostileTiff } from '../kit/hostile-images/tiff.ts';
import * as webp from '../kit/hostile-images/webp.ts';
import type { MemoryCase } from './cases.ts';
import { specOf } from '../kit/spec.ts';

const MB = 1e6;
const SPECS: readonly ThumbnailSpec[] = [specOf({ size: 64, format: 'webp' })];
type Make = () => Buffer | Promise<Buffer>;

/** Small ones of the same format, which load what decoding loads for the first time. */
const TINY: Readonly<Record<string, Make>> = {
  jpeg: () => hostileJpeg({ width: 16, height: 16, scans: [DC_SCAN, AC_SCAN] }),
  png: () => blankPng({ width: 16, height: 16 }),
  webp: async () =>
    webp.hostileWebp([webp.vp8x(16, 16, webp.WEBP_FLAGS.alpha), webp.losslessAlpha(), await lossy(16, 16)]),
  gif: () => hostileGif(16, 16, [gifFrame({ width: 16, height: 16 })]),
  avif: async () => avif.hostileAvif({ items: [await avifPicture(64, 64)] }),
  tiff: () => hostileTiff([tiffStrip(16, 16)], Buffer.alloc(256)),
  bmp: () => runsOf(16, 16),
  ico: () => icoOf([pictureOf({ width: 16, height: 32, bits: 32, pixels: Buffer.alloc(2048) })]),
  svg: () => Buffer.from(svg('<rect width="9" height="9"/><text y="9">x</text>')),
};

/** A case whose name begins with its format. */
export function hostileCase(name: string, make: Make): MemoryCase {
  const tiny = TINY[name.split(' ')[0] ?? ''];
  if (tiny === undefined) throw new TypeError(`no small image for ${name}`);
  return { name, make: async (scale) => await (scale < 1 ? tiny() : make()), specs: SPECS };
}

export async function lossy(width: number, height: number): Promise<Buffer> {
  const background = { r: 90, g: 90, b: 90 };
  const image = sharp({ create: { width, height, channels: 3, background } });
  const [chunkOfPixels] = webp.chunksOf(await image.webp({ effort: 0 }).toBuffer());
  if (chunkOfPixels === undefined) throw new TypeError('no chunk');
  return chunkOfPixels;
}

export async function avifPicture(width: number, height: number, deep = false): Promise<avif.AvifItem> {
  const coding = deep ? ({ bitdepth: 12, chromaSubsampling: '4:4:4' } as const) : undefined;
  const coded = await avif.codedImage(width, height, coding);
  return { type: 'av01', data: coded.data, properties: [avif.ispe(width, height), coded.av1C] };
}

export function tiffStrip(width: number, height: number): Record<number, number> {
  return {
    [TIFF.width]: width,
    [TIFF.height]: height,
    [TIFF.bitsPerSample]: 8,
    [TIFF.compression]: 1,
    [TIFF.photometric]: 1,
    [TIFF.stripOffsets]: 8,
    [TIFF.samplesPerPixel]: 1,
    [TIFF.rowsPerStrip]: height,
    [TIFF.stripBytes]: width * height,
  };
}

function runsOf(width: number, height: number): Buffer {
  return bmpOf({
    width,
    height,
    bits: 8,
    compression: 1,
    palette: Buffer.alloc(1024),
    pixels: Buffer.of(0, 1),
  });
}

const small = blankPng({ width: 64, height: 64 });
const scan = { ...AC_SCAN, data: emptyBlocks(875 * 875) };
const segments = Buffer.concat(Array<Buffer>(9).fill(jpegSegment(0xe2, Buffer.alloc(65_000, 'ICC_PROFILE'))));
const exif = Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(18 * MB)]);
const animation = [webp.vp8x(7000, 7000, webp.WEBP_FLAGS.animation), webp.webpChunk('ANIM', Buffer.alloc(6))];

/** One for each kind of file whose structure asks for more than its pixels do; each was once more than its estimate. */
export const HOSTILE_CASES: readonly MemoryCase[] = [
  hostileCase('jpeg 20 scans', () =>
    hostileJpeg({ width: 7000, height: 7000, scans: [DC_SCAN, ...Array<typeof scan>(20).fill(scan)] }),
  ),
  hostileCase('jpeg segments between scans', () =>
    hostileJpeg({
      width: 64,
      height: 64,
      scans: [DC_SCAN, ...Array<typeof scan>(30).fill({ ...scan, ahead: segments })],
    }),
  ),
  hostileCase('jpeg narrow, filled up', () =>
    hostileJpeg({ width: 1, height: 16_383, sampling: [4, 4], components: 4, scans: [DC_SCAN] }),
  ),
  hostileCase('jpeg lossless frame', () =>
    hostileJpeg({ width: 16_000, height: 3000, frame: 0xc3, scans: [{ ...DC_SCAN, first: 1 }] }),
  ),
  hostileCase('png profile of 4 MB', () => withChunks(small, [profileChunk(4 * MB)])),
  hostileCase('png profile of 49 MB', () => withChunks(small, [profileChunk(49 * MB)])),
  hostileCase('png EXIF of 18 MB', () => withChunks(small, [chunk('eXIf', exif)])),
  hostileCase('png suggested palette', () =>
    withChunks(small, [chunk('sPLT', Buffer.concat([Buffer.from('name\0\x08'), Buffer.alloc(18 * MB)]))]),
  ),
  hostileCase('png 8000 texts', () =>
    withChunks(small, Array<Buffer>(8000).fill(chunk('tEXt', Buffer.alloc(2000, 65)))),
  ),
  {
    ...hostileCase('png of a single column', () => blankPng({ width: 1, height: 16_383, colourType: 6 })),
    specs: [specOf({ width: 256, format: 'avif' }), specOf({ width: 256, format: 'avif-or-webp' })],
  },
  hostileCase('png narrow interlaced', () =>
    blankPng({ width: 4, height: 16_383, bitDepth: 16, colourType: 6, interlaced: true }),
  ),
  hostileCase('webp lossless of 28 bytes', () => webp.hostileWebp([webp.losslessPicture(7000, 7000)])),
  hostileCase('webp lossless transparency', async () =>
    webp.hostileWebp([
      webp.vp8x(7000, 7000, webp.WEBP_FLAGS.alpha),
      webp.losslessAlpha(),
      await lossy(7000, 7000),
    ]),
  ),
  hostileCase('webp 65,536 tables', () => webp.hostileWebp([webp.manyTables(1024, 1024, 65_536)])),
  hostileCase('webp animation of small frames', async () =>
    webp.hostileWebp([...animation, ...Array<Buffer>(4).fill(webp.anmf(64, 64, [await lossy(64, 64)]))]),
  ),
  hostileCase('webp metadata of 18 MB', async () =>
    webp.hostileWebp([
      webp.vp8x(64, 64, 0x2c),
      webp.webpChunk('ICCP', Buffer.alloc(6 * MB)),
      await lossy(64, 64),
      ...['EXIF', 'XMP '].map((type) => webp.webpChunk(type, Buffer.alloc(6 * MB))),
    ]),
  ),
  hostileCase('gif frame larger than its canvas', () =>
    hostileGif(5, 5, [gifFrame({ width: 7000, height: 7000 })]),
  ),
  hostileCase('gif comments', () =>
    hostileGif(64, 64, [
      gifFrame({ width: 64, height: 64 }),
      ...Array<Buffer>(9000).fill(gifExtension(0xfe, Buffer.alloc(2000))),
    ]),
  ),
  hostileCase('avif of a single column', async () =>
    avif.hostileAvif({ items: [await avifPicture(1, 16_383, true)] }),
  ),
  hostileCase('avif EXIF of 18 MB', async () =>
    avif.hostileAvif({
      items: [await avifPicture(64, 64), { type: 'Exif', data: Buffer.alloc(18 * MB) }],
      references: [{ type: 'cdsc', from: 2, to: [1] }],
    }),
  ),
  hostileCase('avif profile of 18 MB', async () => {
    const picture = await avifPicture(64, 64);
    const profile = avif.box('colr', Buffer.from('prof'), Buffer.alloc(18 * MB));
    return avif.hostileAvif({
      items: [{ ...picture, properties: [...(picture.properties ?? []), profile] }],
    });
  }),
  hostileCase('avif deeper than it says', async () => {
    const [deep, plain] = [await avifPicture(2000, 2000, true), await avif.codedImage(64, 64)];
    return avif.hostileAvif({ items: [{ ...deep, properties: [avif.ispe(2000, 2000), plain.av1C] }] });
  }),
  hostileCase('avif transparency of 20 MP', async () => {
    const alpha = await avifPicture(5000, 4000);
    const properties = [...(alpha.properties ?? []), avif.ALPHA];
    return avif.hostileAvif({
      items: [await avifPicture(64, 64), { ...alpha, properties }],
      references: [{ type: 'auxl', from: 2, to: [1] }],
    });
  }),
  hostileCase('avif grid whose canvas is larger than it says', async () =>
    avif.hostileAvif({
      items: [
        { type: 'grid', data: avif.gridData(4, 4, 4096, 4096), properties: [avif.ispe(64, 64)] },
        await avifPicture(1024, 1024),
      ],
      references: [{ type: 'dimg', from: 1, to: Array<number>(16).fill(2) }],
    }),
  ),
  hostileCase('tiff description of 18 MB', () =>
    hostileTiff([{ ...tiffStrip(16, 16), [TIFF.description]: Buffer.alloc(18 * MB, 65) }], Buffer.alloc(256)),
  ),
  hostileCase('tiff strip of 49 MP', () => {
    const packed = deflateSync(Buffer.alloc(49 * MB));
    const strip = { ...tiffStrip(7000, 7000), [TIFF.compression]: 8, [TIFF.stripBytes]: packed.length };
    return hostileTiff([strip], packed);
  }),
  hostileCase('bmp of 49 MP in runs of two bytes', () => runsOf(7000, 7000)),
  hostileCase('bmp of 36 MP, one bit each', () =>
    bmpOf({ width: 6000, height: 6000, bits: 1, palette: Buffer.alloc(8), pixels: Buffer.alloc(752 * 6000) }),
  ),
  hostileCase('ico of 4 MP', () =>
    icoOf([pictureOf({ width: 2000, height: 4000, bits: 32, pixels: Buffer.alloc(2000 * 2000 * 4.25) })]),
  ),
  hostileCase('ico with a PNG of 36 MP, interlaced', () =>
    icoOf([blankPng({ width: 6000, height: 6000, interlaced: true })]),
  ),
  ...[20_000, 60_000].map((count) =>
    hostileCase(`svg ${count} elements`, () =>
      Buffer.from(svg('<rect width="9" height="9"/>'.repeat(count))),
    ),
  ),
  hostileCase('svg path of 3 MB', () =>
    Buffer.from(svg(`<path d="M0 0${'l12.34,-5.67 3.21,0.98'.repeat(140_000)}"/>`)),
  ),
  hostileCase('svg packed, 9 MB', () => gzipSync(svg(' '.repeat(9 * MB)))),
];
