import { expect } from 'chai';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { INPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import {
  type RasterHeader,
  readImageHeader,
  recogniseFormat,
} from '../../../src/domain/image/image-header.ts';
import { DC_SCAN, hostileJpeg } from '../../../scripts/kit/hostile-images/jpeg.ts';
import { animation, photograph, type PhotographOptions, quarters } from '../../../scripts/kit/images.ts';

type Format = RasterHeader['format'];

interface Kind {
  readonly format: Format;
  readonly encode: (photo: Sharp) => Sharp;
  readonly alpha?: PhotographOptions['alpha'];
}

const KINDS: Readonly<Record<string, Kind>> = {
  'baseline JPEG': { format: 'jpeg', encode: (it) => it.jpeg() },
  'JPEG with full chroma': { format: 'jpeg', encode: (it) => it.jpeg({ chromaSubsampling: '4:4:4' }) },
  'progressive JPEG': { format: 'jpeg', encode: (it) => it.jpeg({ progressive: true }) },
  'grey JPEG': { format: 'jpeg', encode: (it) => it.toColourspace('b-w').jpeg() },
  'CMYK JPEG': { format: 'jpeg', encode: (it) => it.toColourspace('cmyk').jpeg() },
  'JPEG with EXIF and profile': {
    format: 'jpeg',
    encode: (it) => it.jpeg().withMetadata({ orientation: 7 }),
  },
  PNG: { format: 'png', encode: (it) => it.png() },
  'PNG with alpha': { format: 'png', encode: (it) => it.png(), alpha: 'fade' },
  'interlaced PNG': { format: 'png', encode: (it) => it.png({ progressive: true }) },
  '16-bit PNG': { format: 'png', encode: (it) => it.toColourspace('rgb16').png() },
  'palette PNG': { format: 'png', encode: (it) => it.png({ palette: true, effort: 1 }), alpha: 'fade' },
  'turned PNG': { format: 'png', encode: (it) => it.png().withMetadata({ orientation: 6 }) },
  WebP: { format: 'webp', encode: (it) => it.webp({ effort: 0 }) },
  'WebP with alpha': { format: 'webp', encode: (it) => it.webp({ effort: 0 }), alpha: 'fade' },
  'lossless WebP': { format: 'webp', encode: (it) => it.webp({ effort: 0, lossless: true }) },
  'turned WebP': { format: 'webp', encode: (it) => it.webp({ effort: 0 }).withMetadata({ orientation: 8 }) },
  GIF: { format: 'gif', encode: (it) => it.gif({ effort: 1 }) },
  AVIF: { format: 'avif', encode: (it) => it.avif({ effort: 0 }) },
  'AVIF with alpha': { format: 'avif', encode: (it) => it.avif({ effort: 0 }), alpha: 'fade' },
  '12-bit AVIF': { format: 'avif', encode: (it) => it.avif({ effort: 0, bitdepth: 12 }) },
  TIFF: { format: 'tiff', encode: (it) => it.tiff({ compression: 'lzw' }) },
};

describe('image header', () => {
  // Other specs make resizers, which block what is off by default for the whole process.
  const tiff = { operation: ['VipsForeignLoadTiffBuffer'] };
  before(() => sharp.unblock(tiff));
  after(() => sharp.block(tiff));

  for (const [name, kind] of Object.entries(KINDS)) {
    it(`agrees with the decoder on any ${name}`, async () => {
      const side = fc.integer({ min: 1, max: 80 });
      const check = fc.asyncProperty(side, side, (width, height) => agrees(kind, width, height));
      await fc.assert(check, { numRuns: 8, seed: 8, endOnFailure: true });
    });
  }

  it('tells an animation', async () => {
    expect(headerOf(await animation('gif', 20, 10))).to.include({ animated: true, width: 20, height: 10 });
    expect(headerOf(await animation('webp', 20, 10))).to.include({ animated: true, width: 20, height: 10 });
    expect(headerOf(await quarters(20, 10).gif().toBuffer())).to.include({ animated: false });
  });

  it('tells how many samples a pixel of a JPEG has', async () => {
    const samples = async (chromaSubsampling: string) =>
      headerOf(await quarters(32, 16).jpeg({ chromaSubsampling }).toBuffer())?.samplesPerPixel;
    expect(await samples('4:2:0')).to.equal(1.5);
    expect(await samples('4:4:4')).to.equal(3);
    const narrow = hostileJpeg({ width: 1, height: 800, sampling: [4, 1], scans: [DC_SCAN] });
    expect(headerOf(narrow)?.samplesPerPixel, 'with what fills its blocks up').to.equal(32);
  });

  it('counts a JPEG with a scan for each component as progressive', async () => {
    const jpeg = await quarters(20, 10).jpeg().toBuffer();
    expect(headerOf(jpeg)?.progressive).to.equal(false);
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    jpeg[scan + 4] = 1;
    expect(headerOf(jpeg)?.progressive).to.equal(true);
  });

  it('gives a GIF the size of a first frame that is larger than its canvas', async () => {
    const gif = await quarters(20, 10).gif().toBuffer();
    gif.writeUInt16LE(5, 6);
    const { width, height } = await sharp(gif).metadata();
    expect(headerOf(gif)).to.include({ width, height });
  });

  it('recognises SVG by its first element, and takes no page for one', () => {
    const recognised = (text: string) => recogniseFormat(Buffer.from(text));
    expect(recognised('<svg xmlns="http://www.w3.org/2000/svg"/>')).to.equal('svg');
    expect(recognised('\uFEFF<?xml version="1.0"?>\n<!-- drawn -->\n<svg:svg/>')).to.equal('svg');
    expect(recognised('<!doctype html><title>a page</title>')).to.equal(undefined);
    expect(recognised('just svg ')).to.equal(undefined);
  });

  it('is undefined for dimensions of zero', async () => {
    const png = await quarters(20, 10).png().toBuffer();
    png.writeUInt32BE(0, 16);
    expect(recogniseFormat(png)).to.equal('png');
    expect(readImageHeader('png', png)).to.equal(undefined);
  });

  it('takes a PNG for one where its samples have a depth that its colours may have', async () => {
    const png = await quarters(20, 10).png().toBuffer();
    const depthsOf = (colourType: number) => {
      png.writeUInt8(colourType, 25);
      return Array.from({ length: 256 }, (_, depth) => depth).filter((depth) => {
        png.writeUInt8(depth, 24);
        return readImageHeader('png', png) !== undefined;
      });
    };
    const depths = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 255].map((type) => [type, depthsOf(type)]));
    const [some, none] = [[8, 16], []];
    const grey = { 0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8], 4: some };
    expect(depths).to.deep.equal({ ...grey, 2: some, 6: some, 1: none, 5: none, 255: none });
  });

  it('never throws on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readsWithoutThrowing), {
      numRuns: 2000,
      seed: 1,
    });
  });

  for (const [kind, { encode, alpha = 'none' }] of Object.entries(KINDS)) {
    it(`never throws on ${kind} that was cut or changed`, async () => {
      const image = await encode(photograph({ width: 40, height: 30, alpha })).toBuffer();
      const changes = fc.array(fc.tuple(fc.nat(Math.min(image.length - 1, 600)), fc.nat(255)), {
        maxLength: 6,
      });
      const check = fc.property(changes, fc.nat(image.length), (edits, length) => {
        const changed = Buffer.from(image.subarray(0, length));
        for (const [at, value] of edits) if (at < changed.length) changed[at] = value;
        readsWithoutThrowing(changed);
      });
      fc.assert(check, { numRuns: 300, seed: 2 });
    });
  }

  it('comes to an end soon on a file of many empty parts', () => {
    const repeated = (head: string, part: string, count: number) =>
      Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc((part.length / 2) * count, part, 'hex')]);
    expect(readImageHeader('jpeg', repeated('ffd8', 'ffe00002', 1e6))).to.equal(undefined);
    expect(readImageHeader('jpeg', repeated('ffd8', 'ff00', 1e6))).to.equal(undefined);
    expect(readImageHeader('gif', repeated('474946383961010001000000002101', '0100', 1e6))).to.equal(
      undefined,
    );
    const boxes = repeated('0000000c6674797061766966', '0000000866726565', 1e6);
    expect(recogniseFormat(boxes)).to.equal('avif');
    expect(readImageHeader('avif', boxes)).to.equal(undefined);
  });
});

async function agrees(
  { format, encode, alpha = 'none' }: Kind,
  width: number,
  height: number,
): Promise<void> {
  const image = await encode(photograph({ width, height, alpha })).toBuffer();
  const header = headerOf(image);
  if (header === undefined) throw new Error(`no header read of ${width}x${height}`);
  const metadata = await sharp(image).metadata();
  expect(header.format).to.equal(format);
  expect([header.width, header.height]).to.deep.equal([metadata.width, metadata.height]);
  expect(header.orientation).to.equal(metadata.orientation ?? 1);
  expect(header.bitDepth > 8).to.equal(metadata.depth !== 'uchar');
  // The decoder only finds out while it decodes whether a GIF has transparent pixels.
  if (format !== 'gif') {
    expect(header.channels).to.equal(metadata.channels);
    expect(header.hasAlpha).to.equal(metadata.hasAlpha);
  }
  if (format === 'jpeg' || format === 'png') expect(header.progressive).to.equal(metadata.isProgressive);
}

function headerOf(image: Uint8Array): RasterHeader | undefined {
  const format = recogniseFormat(image);
  return format === undefined || format === 'svg' ? undefined : readImageHeader(format, image);
}

function readsWithoutThrowing(bytes: Uint8Array): void {
  recogniseFormat(bytes);
  for (const format of INPUT_FORMATS) if (format !== 'svg') readImageHeader(format, bytes);
}
