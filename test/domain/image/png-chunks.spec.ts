import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { readImageHeader } from '../../../src/domain/image/image-header.ts';
import { blankPng, chunk, profileChunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';

const MB = 1e6;
const TEXT = chunk('tEXt', Buffer.from('key\0text'));

describe('chunks of a PNG', () => {
  const png = blankPng({ width: 30, height: 20 });
  const headerWith = (chunks: readonly Buffer[]) => {
    const header = readImageHeader('png', withChunks(png, chunks));
    if (header === undefined) throw new Error('no header');
    return header;
  };
  const hiddenBytes = (chunks: readonly Buffer[]) =>
    headerWith(chunks).hidden.reduce((sum, { start, end }) => sum + end - start, 0);

  it('are left to the decoder as encoders write them', async () => {
    const image = plain(30, 20, QUARTERS.red);
    const encoded = [
      image.clone().png(),
      image.clone().png().withMetadata({ orientation: 6 }).withIccProfile('p3'),
    ];
    for (const each of encoded) {
      expect(readImageHeader('png', await each.toBuffer())?.hidden).to.deep.equal([]);
    }
    expect(hiddenBytes([chunk('iDOT', Buffer.alloc(28)), chunk('tIME', Buffer.alloc(7))])).to.equal(0);
  });

  it('of colours mean nothing where they have another length than theirs', () => {
    const numbers = chunk('cICP', Buffer.of(9, 16, 0, 1));
    for (const type of ['gAMA', 'cHRM', 'cLLI', 'mDCV']) {
      const faulty = chunk(type, Buffer.of(1));
      expect(headerWith([faulty]).colours, type).to.equal(undefined);
      expect(headerWith([numbers, faulty]).colours, type).to.deep.equal(headerWith([numbers]).colours);
    }
  });

  it('of text are hidden, each of them, and nothing else is', () => {
    const packed = chunk('zTXt', Buffer.concat([Buffer.from('key\0\0'), deflateSync(Buffer.alloc(1e5))]));
    const time = chunk('tIME', Buffer.alloc(7));
    expect(hiddenBytes([TEXT, time, packed, TEXT])).to.equal(2 * TEXT.length + packed.length);
    expect(headerWith([TEXT, time, TEXT]).hidden).to.deep.equal([
      { start: 33, end: 33 + TEXT.length },
      { start: 33 + TEXT.length + time.length, end: 33 + 2 * TEXT.length + time.length },
    ]);
  });

  it('with profiles count as what they unfold to, and are hidden where that is too much or cannot be told', () => {
    expect(headerWith([profileChunk(3 * MB)]).metadataBytes).to.be.within(3 * MB, 3.1 * MB);
    const [first, second] = [profileChunk(3 * MB), profileChunk(2 * MB)];
    expect(hiddenBytes([first, second]), 'two').to.equal(first.length + second.length);
    const large = profileChunk(49 * MB);
    expect(hiddenBytes([large])).to.equal(large.length);
    expect(headerWith([large]).metadataBytes).to.be.below(1000);
    for (const data of ['name\0\0not packed', 'a name without an end', '']) {
      const bad = chunk('iCCP', Buffer.from(data.padEnd(data === '' ? 0 : 100, ' ')));
      expect(hiddenBytes([bad]), data).to.equal(bad.length);
    }
    const many = Array<Buffer>(5).fill(profileChunk(1000));
    expect(hiddenBytes(many)).to.equal(5 * profileChunk(1000).length);
  });

  it('of other kinds are hidden where there is much of them', () => {
    const palette = chunk('sPLT', Buffer.concat([Buffer.from('name\0\x08'), Buffer.alloc(6 * 20_000)]));
    expect(hiddenBytes([palette])).to.equal(palette.length);
    const small = chunk('teSt', Buffer.alloc(100));
    expect(hiddenBytes(Array<Buffer>(1000).fill(small))).to.equal(1000 * small.length);
  });

  it('with EXIF all count', () => {
    const exif = chunk('eXIf', Buffer.concat([Buffer.from('II*\0'), Buffer.alloc(MB)]));
    expect(headerWith([exif, exif, exif]).metadataBytes).to.be.within(3 * MB, 3.1 * MB);
  });
});
