import { expect } from 'chai';
import sharp from 'sharp';
import { type RasterHeader, readImageHeader } from '../../../src/domain/image/image-header.ts';
import { child } from '../../../src/domain/image/image-header/avif/boxes.ts';
import { readItems } from '../../../src/domain/image/image-header/avif/items.ts';
import { picturesOfSequence } from '../../../src/domain/image/image-header/avif/sequence.ts';
import { avifSequence, codedPictureOf } from '../../../scripts/kit/avif-files.ts';
import {
  ALPHA,
  type AvifItem,
  type CodedImage,
  type HostileAvif,
  box,
  codedImage,
  fullBox,
  gridData,
  hostileAvif,
  ispe,
  overlayData,
} from '../../../scripts/kit/hostile-images/avif.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { processorMsOf } from '../../support/processor-time.ts';

/** Of an AV1 stream: as many parts with nothing in them. */
const emptyParts = (count: number) => Buffer.alloc(2 * count, Buffer.of(0x7a, 0));

describe('structure of an AVIF', () => {
  let small: CodedImage;
  let large: CodedImage;

  before(async () => {
    small = await codedImage(64, 64);
    large = await codedImage(2000, 1000, { bitdepth: 12, chromaSubsampling: '4:4:4' });
  });

  const picture = (
    coded: CodedImage,
    width: number,
    height: number,
    more: Partial<AvifItem> = {},
  ): AvifItem => ({
    type: 'av01',
    data: coded.data,
    properties: [ispe(width, height), coded.av1C],
    ...more,
  });
  const read = (file: HostileAvif) => readImageHeader('avif', hostileAvif(file));
  const headerOf = (file: HostileAvif): RasterHeader => {
    const header = read(file);
    if (header === undefined) throw new Error('no header read');
    return header;
  };
  const madeOf = (type: string, data: Buffer, tile: AvifItem, times: number): HostileAvif => ({
    items: [{ type, data, properties: [ispe(64, 64)] }, tile],
    references: [{ type: 'dimg', from: 1, to: Array<number>(times).fill(2) }],
  });

  it('is read as files say it that are in order', async () => {
    expect(headerOf({ items: [picture(small, 64, 64)] })).to.include({ width: 64, height: 64, bitDepth: 8 });
    expect(
      headerOf({ items: [picture(small, 64, 64, { isInIdat: true })], idat: small.data }).frames,
    ).to.equal(1);
    const photo = photograph({ width: 300, height: 200, alpha: 'fade' });
    const avif = await photo.avif({ effort: 0, bitdepth: 10, chromaSubsampling: '4:2:0' }).toBuffer();
    const facts = { width: 300, height: 200, bitDepth: 10, samplesPerPixel: 2.5, frames: 1 };
    expect(readImageHeader('avif', avif)).to.include(facts);
    const grey = await photograph({ width: 60, height: 40 })
      .toColourspace('b-w')
      .avif({ effort: 0 })
      .toBuffer();
    expect((await sharp(grey).metadata()).width).to.equal(60);
    expect(readImageHeader('avif', grey)?.structureMs).to.equal(0);
  });

  it('is what the coded images say themselves, whatever is said of them', () => {
    const facts = { width: 2000, height: 1000, bitDepth: 12, samplesPerPixel: 3 };
    const lying = { properties: [ispe(64, 64), small.av1C] };
    expect(headerOf({ items: [picture(large, 64, 64, lying)] })).to.include(facts);
    const alpha = picture(large, 64, 64, { properties: [ispe(64, 64), small.av1C, ALPHA] });
    const masked = {
      items: [picture(small, 64, 64), alpha],
      references: [{ type: 'auxl', from: 2, to: [1] }],
    };
    expect(headerOf(masked)).to.include({ ...facts, samplesPerPixel: 4, hasAlpha: true });
    const grid = headerOf(madeOf('grid', gridData(2, 2, 4000, 3000), picture(small, 64, 64), 4));
    expect(grid).to.include({ width: 4000, height: 3000 });
    const overlay = headerOf(madeOf('iovl', overlayData(4000, 3000, 1), picture(small, 64, 64), 1));
    expect(overlay).to.include({ width: 4000, height: 3000 });
  });

  it('cannot be read where items overlap, or an item has bytes twice', () => {
    const mdat = Buffer.concat([small.data, Buffer.alloc(1000)]);
    const at = small.data.length;
    const own = { data: undefined, extents: [[0, at]] as const };
    const exif = (extents: AvifItem['extents']): AvifItem => ({ type: 'Exif', extents });
    const primary = picture(small, 64, 64, own);
    const files: Readonly<Record<string, readonly AvifItem[]>> = {
      'twice the same': [
        primary,
        exif([
          [at, 1000],
          [at, 1000],
        ]),
      ],
      'one byte twice': [
        primary,
        exif([
          [at, 500],
          [at + 499, 500],
        ]),
      ],
      'two of one place': [primary, exif([[at, 1000]]), exif([[at, 1000]])],
      'with the picture': [primary, exif([[0, 1000]])],
      'to the end of the file': [primary, exif([[at, 0]]), exif([[at + 10, 10]])],
      'the picture twice': [
        picture(small, 64, 64, {
          ...own,
          extents: [
            [0, at],
            [0, at],
          ],
        }),
      ],
    };
    for (const [what, items] of Object.entries(files))
      expect(read({ items, mdat }), what).to.equal(undefined);
    expect(
      read({
        items: [
          primary,
          exif([
            [at, 500],
            [at + 500, 500],
          ]),
        ],
        mdat,
      }),
    ).to.not.equal(undefined);
    // Encoders store equal tiles once, and equal grids.
    expect(read({ items: [primary, primary], mdat })).to.not.equal(undefined);
    const idat = gridData(1, 1, 64, 64);
    const grid: AvifItem = { type: 'grid', isInIdat: true, extents: [[0, idat.length]] };
    const references = [2, 3].map((from) => ({ type: 'dimg', from, to: [1] }));
    expect(read({ items: [primary, grid, grid], references, mdat, idat })).to.not.equal(undefined);
  });

  it('cannot be read where items of several pieces share them, which decoders put together for each', () => {
    const mdat = Buffer.concat([small.data, emptyParts(1000)]);
    const half = 1000;
    const halves: AvifItem['extents'] = [
      [0, half],
      [half, mdat.length - half],
    ];
    const item = picture(small, 64, 64, { data: undefined, extents: halves });
    expect(read({ items: [item], mdat })).to.not.equal(undefined);
    expect(read({ items: [item, item], mdat })).to.equal(undefined);
  });

  it('is read once, however many items share it', async () => {
    const header = box('av1C', small.av1C.subarray(8), emptyParts(8000));
    const mdat = Buffer.concat([small.data, emptyParts(8000)]);
    const name = fullBox('auxC', 0, [Buffer.alloc(1024 * 1024, 'x')]);
    const files: Readonly<Record<string, AvifItem>> = {
      stream: picture(small, 64, 64, { data: undefined, extents: [[0, mdat.length]] }),
      'header of a stream': picture(small, 64, 64, {
        data: undefined,
        extents: [[0, small.data.length]],
        properties: [ispe(64, 64), header],
      }),
      name: picture(small, 64, 64, {
        data: undefined,
        extents: [[0, small.data.length]],
        properties: [ispe(64, 64), small.av1C, name],
      }),
    };
    for (const [what, item] of Object.entries(files)) {
      const file = { items: Array<AvifItem>(2700).fill(item), mdat };
      const bytes = hostileAvif(file);
      expect(readImageHeader('avif', bytes), what).to.include({ width: 64, height: 64 });
      expect(await processorMsOf(() => readImageHeader('avif', bytes)), what).to.be.below(100);
    }
  });

  it('has no more parts in all streams together than any image', async () => {
    const pieces = (parts: number) => Buffer.concat([small.data, emptyParts(parts)]);
    const ofTiles = (tiles: number, parts: number) =>
      hostileAvif({
        items: Array.from({ length: tiles }, () => picture({ ...small, data: pieces(parts) }, 64, 64)),
      });
    expect(readImageHeader('avif', ofTiles(2000, 12))).to.include({ width: 64, height: 64 });
    const hostile = ofTiles(2000, 4000);
    expect(readImageHeader('avif', hostile)).to.equal(undefined);
    expect(await processorMsOf(() => readImageHeader('avif', hostile))).to.be.below(50);
  });

  it('cannot be read where a number in a stream has no end', async () => {
    // A sequence header that says how long a picture is shown, behind as many zeros as the number has bits.
    const sequence = Buffer.alloc(16 * 1024 * 1024);
    sequence.set([0b100], 0);
    sequence.set([0b10], 8);
    const data = Buffer.concat([Buffer.of(0x08), sequence]);
    const bytes = hostileAvif({ items: [picture({ ...small, data }, 64, 64)] });
    expect(readImageHeader('avif', bytes)).to.equal(undefined);
    expect(await processorMsOf(() => readImageHeader('avif', bytes))).to.be.below(50);
  });

  it('cannot be read where more items have a place or properties than there can be, if of no bytes', () => {
    const count = (items: number) => Buffer.of(0, 0, items >> 8, items & 255);
    const metaOf = ({ places = 0, owners = 0 }) => {
      const ids = Buffer.alloc(6 * places);
      for (let id = 0; id < places; id += 1) ids.writeUInt16BE(id, 6 * id);
      return Buffer.concat([
        fullBox('pitm', 0, [Buffer.of(0, 1)]),
        fullBox('iinf', 0, [Buffer.of(0, 0)]),
        fullBox('iloc', 0, [count(places), ids]),
        box('iprp', box('ipco'), fullBox('ipma', 0, [count(owners), Buffer.alloc(3 * owners)])),
      ]);
    };
    expect(readItems(metaOf({ places: 8000, owners: 8000 })).items.size).to.equal(0);
    expect(() => readItems(metaOf({ places: 8200 }))).to.throw(RangeError);
    expect(() => readItems(metaOf({ owners: 8200 }))).to.throw(RangeError);
  });

  it('has no more parts in all tracks of a sequence together than in anything else', () => {
    const still = hostileAvif({ items: [picture(small, 64, 64)] });
    const sequence = avifSequence(still, [codedPictureOf(still)]);
    const track = child(child(sequence, 'moov'), 'trak');
    const full = box('trak', track, Buffer.alloc(8 * 300, box('free')));
    const ofTracks = (count: number) => box('moov', ...Array<Buffer>(count).fill(full));
    expect(picturesOfSequence(ofTracks(20))).to.equal(1);
    expect(picturesOfSequence(ofTracks(40))).to.equal(0);
  });

  it('takes as long as all that is decoded, however it is named', () => {
    const msOf = (file: HostileAvif) => headerOf(file).structureMs;
    const tile = picture(large, 2000, 1000);
    expect(msOf({ items: [tile] })).to.equal(0);
    expect(msOf(madeOf('iovl', overlayData(64, 64, 100), tile, 100))).to.be.within(8000, 10_000);
    expect(msOf(madeOf('grid', gridData(10, 10, 640, 640), tile, 100))).to.be.within(8000, 10_000);
    const frames = { ...tile, data: Buffer.concat(Array<Buffer>(100).fill(large.data)) };
    expect(msOf({ items: [frames] })).to.be.within(8000, 10_000);
    expect(headerOf({ items: [frames] }).frames).to.equal(100);
    const halves = Array.from({ length: 20 }, () => ({ type: 'iovl', data: overlayData(64, 64, 2) }));
    const doubled = halves.map((_, index) => ({ type: 'dimg', from: index + 1, to: [index + 2, index + 2] }));
    expect(msOf({ items: [...halves, picture(small, 64, 64)], references: doubled })).to.be.greaterThan(1e5);
    const circle = [
      { type: 'dimg', from: 1, to: [2] },
      { type: 'dimg', from: 2, to: [1] },
    ];
    expect(read({ items: [halves[0]!, halves[0]!, tile], references: circle })).to.equal(undefined);
  });

  it('hides the names of metadata, and of nothing else', () => {
    const items = [
      picture(small, 64, 64),
      { type: 'Exif', data: Buffer.alloc(100) },
      { type: 'mime', contentType: 'application/rdf+xml', data: Buffer.alloc(100) },
    ];
    const references = [2, 3].map((from) => ({ type: 'cdsc', from, to: [1] }));
    const file = hostileAvif({ items, references });
    const names = readImageHeader('avif', file)?.hidden.map(({ start, end }) =>
      file.toString('latin1', start, end),
    );
    expect(names).to.deep.equal(['Exif', 'mime', 'cdsc', 'cdsc']);
    expect(headerOf({ items: [picture(small, 64, 64)] }).hidden).to.deep.equal([]);
  });
});
