import { expect } from 'chai';
import { type RasterHeader, readImageHeader } from '../../../src/domain/image/image-header.ts';
import {
  WEBP_FLAGS,
  anmf,
  cachedPicture,
  chunksOf,
  hostileWebp,
  losslessAlpha,
  losslessPicture,
  manyPredictions,
  manyTables,
  vp8x,
  webpChunk,
} from '../../../scripts/kit/hostile-images/webp.ts';
import { photograph, plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { processorMsOf } from '../../support/processor-time.ts';

describe('structure of a WebP', () => {
  const read = (chunks: readonly Buffer[]) => readImageHeader('webp', hostileWebp(chunks));
  const headerOf = (...chunks: Buffer[]): RasterHeader => {
    const header = read(chunks);
    if (header === undefined) throw new Error('no header read');
    return header;
  };
  let lossy: Buffer;

  before(async () => {
    lossy = chunksOf(await plain(64, 48, QUARTERS.red).webp().toBuffer())[0]!;
  });

  it('of what encoders write has few tables of codes', async () => {
    for (const alpha of ['none', 'fade'] as const) {
      for (const effort of [0, 4]) {
        const photo = photograph({ width: 301, height: 203, alpha });
        const lossless = readImageHeader(
          'webp',
          await photo.clone().webp({ lossless: true, effort }).toBuffer(),
        );
        expect(lossless).to.include({ lossless: true, losslessAlpha: false });
        expect(lossless?.codeTables).to.be.within(1, 100);
        const other = readImageHeader('webp', await photo.webp({ effort }).toBuffer());
        expect(other).to.include({ lossless: false, losslessAlpha: alpha === 'fade' });
      }
    }
  });

  it('counts its tables, in pictures, in frames of animations, of any sides', () => {
    for (const [width, height, tables] of [
      [64, 48, 1],
      [64, 48, 192],
      [1024, 1024, 65_536],
      [1023, 1021, 3000],
      [16_383, 9, 700],
    ] as const) {
      const picture = manyTables(width, height, tables);
      expect(headerOf(picture).codeTables).to.equal(tables);
      expect(headerOf(vp8x(width, height), picture)).to.include({ codeTables: tables, lossless: true });
      const frame = anmf(width, height, [picture]);
      const canvas = vp8x(width + 50, height + 50, WEBP_FLAGS.animation);
      expect(headerOf(canvas, webpChunk('ANIM', Buffer.alloc(6)), frame).codeTables).to.equal(tables);
    }
    expect(headerOf(losslessPicture(64, 48)).codeTables).to.equal(1);
  });

  it('tells transparency that is coded without loss from such that is stored', () => {
    const canvas = vp8x(64, 48, WEBP_FLAGS.alpha);
    expect(headerOf(canvas, losslessAlpha(), lossy)).to.include({ losslessAlpha: true, lossless: false });
    const stored = webpChunk('ALPH', Buffer.alloc(1 + 64 * 48));
    expect(headerOf(canvas, stored, lossy).losslessAlpha).to.equal(false);
  });

  it('counts all metadata', () => {
    const metadata = ['ICCP', 'EXIF', 'XMP ', 'EXIF'].map((type) => webpChunk(type, Buffer.alloc(1000)));
    expect(headerOf(vp8x(64, 48, 0x2c), ...metadata, lossy).metadataBytes).to.equal(4000);
  });

  it('cannot be read where it has more chunks than any file, or several pictures', () => {
    const junk = Array<Buffer>(8300).fill(webpChunk('junk'));
    expect(read([vp8x(64, 48), ...junk, losslessPicture(64, 48)])).to.equal(undefined);
    expect(read([vp8x(64, 48), lossy, ...junk])).to.equal(undefined);
    expect(read([vp8x(64, 48), losslessPicture(64, 48), losslessPicture(64, 48)])).to.equal(undefined);
    expect(read([vp8x(64, 48), ...junk.slice(0, 8000), losslessPicture(64, 48)])).to.include({
      lossless: true,
    });
  });

  it('cannot be read where it has a cache of more colours than any, or of none', () => {
    expect(read([cachedPicture(64, 48, 11)])).to.include({ lossless: true, codeTables: 1 });
    for (const cacheBits of [0, 12, 15])
      expect(read([cachedPicture(64, 48, cacheBits)]), String(cacheBits)).to.equal(undefined);
  });

  it('is not read to the end where the pictures within it have more pixels than encoders write', () => {
    expect(headerOf(manyPredictions(8000, 6000)).codeTables).to.equal(1);
    expect(headerOf(manyPredictions(16_000, 12_000)).codeTables).to.equal(65_536);
  });

  it('is read in time that grows with the file, whatever is in it', async () => {
    for (const pattern of ['00', 'ff', '01', '55', 'aa', '03', '1111', '0f0f']) {
      const body = Buffer.alloc(2 ** 20, pattern, 'hex');
      losslessPicture(16_383, 3000).subarray(8, 13).copy(body);
      expect(await processorMsOf(() => read([webpChunk('VP8L', body)])), pattern).to.be.below(1500);
    }
  });
});
