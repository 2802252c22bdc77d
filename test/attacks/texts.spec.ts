import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ChainCookies } from '../../src/adapters/fetch-got/chain-cookies.ts';
import { HeadText } from '../../src/adapters/fetch-got/head-text.ts';
import { INPUT_FORMATS } from '../../src/domain/image/formats.ts';
import { openWholeImage } from '../../src/domain/image/image-file.ts';
import { groundOfStyle } from '../../src/domain/image/still/drawing-ground.ts';
import { InfoReader } from '../../src/domain/info/info-reader.ts';
import { fileStem } from '../../src/domain/request/file-stem.ts';
import { leavesFolder } from '../../src/domain/request/folder-path.ts';
import { INFO_FIELDS, infoSpecFor } from '../../src/domain/request/info-spec.ts';
import { parseSourceUrl, parseTypedUrl } from '../../src/domain/request/source-url.ts';
import { EndBySilence } from '../../src/domain/source/silence.ts';
import { negotiate } from '../../src/http/thumbnail/negotiation.ts';
import { processorMsOf } from '../support/processor-time.ts';

/** Reading any of these takes a few milliseconds; where a pattern can match a text in many ways, it takes minutes. */
const SOON_MS = 500;
const MIB = 1024 * 1024;

const open = (text: string) => {
  openWholeImage(Buffer.from(text, 'latin1'), { inputFormats: INPUT_FORMATS, maxPixels: 1e6 });
};
const cookie = (text: string) => {
  new ChainCookies().receive('http://images.test/', [text]);
};
/** An address of the longest that `MAX_URL_LENGTH` may allow. */
const longest = (part: string) => parseTypedUrl(part.repeat(16_384).slice(0, 16_384), { maxLength: 16_384 });
/** Bytes of a file, as an info is made of it, a kilobyte at a time. */
const info = (bytes: Buffer) => {
  const reader = new InfoReader(infoSpecFor(INFO_FIELDS));
  for (let end = 1024; end <= bytes.length; end += 1024) reader.read(bytes.subarray(0, end), undefined);
};
/** As many as Node's parser takes of a head, in each of the answers of the longest chain of redirects that is followed. */
const cookies = () => {
  const chain = new ChainCookies();
  for (let hop = 0; hop <= 20; hop += 1) {
    chain.receive(
      'http://images.test/',
      Array.from({ length: 2000 }, (_, n) => `${hop}.${n}=1`),
    );
  }
};
/** Of an answer, byte by byte. */
const head = (text: string) => {
  const received = new HeadText();
  for (const byte of Buffer.from(text)) received.add(Buffer.of(byte));
};
/** A body without a length, piece by piece: its beginning, and single bytes from then on. */
const body = (beginning: Buffer, pieces: number) => {
  using silence = new EndBySilence(() => undefined);
  const bytes = Buffer.concat([beginning, Buffer.alloc(pieces)]);
  for (let end = beginning.length; end < bytes.length; end += 1) {
    silence.interrupt();
    silence.hear(bytes.subarray(0, end));
  }
};
/** Recognised by its first kilobytes, which unpack to megabytes. */
const packedDrawing = () => gzipSync(`<!--${'a'.repeat(200_000)}--><svg ${' '.repeat(4_000_000)}/>`);
/** A hundred times, as each request reads it. */
const path = (text: string) => {
  for (let request = 0; request < 100; request += 1) leavesFolder(text);
};
const root = (attributes: string) => `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}/>`;

const READINGS: Readonly<Record<string, () => unknown>> = {
  'many comments ahead of nothing': () => open('<!-- -->'.repeat(MIB)),
  'many comments ahead of a page': () => open(`${'<!-- -->\n'.repeat(100)}<htm`),
  'spaces and zeros in turns': () => open(' \0 '.repeat(MIB)),
  'a drawing of open brackets alone': () => open(root('') + '<'.repeat(16 * MIB)),
  'a length of many digits': () => open(root(`width="${'1'.repeat(200_000)}x1"`)),
  'an attribute of many letters': () => open(root('a'.repeat(200_000))),
  'attributes that are not closed': () => open(root('a="'.repeat(80_000))),
  'attributes without a value': () => open(root('a = '.repeat(60_000))),
  'a style of spaces': () => groundOfStyle(`${' '.repeat(200_000)}x`),
  'a style of words that do not end it': () => groundOfStyle('!important '.repeat(20_000)),
  'a drawing that repeats its root': () => open(root('').repeat(100_000)),
  'an info of a JPEG of fill bytes': () => info(Buffer.alloc(4 * MIB, 0xff).fill(0xd8, 1, 2)),
  'an info of a drawing whose root does not end': () => info(Buffer.from(`<svg a="${'a'.repeat(4 * MIB)}`)),
  'a packed drawing that comes in single bytes': () => body(packedDrawing(), 5000),
  'a head that comes in single bytes': () => head(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(200_000)}`),
  'a head of one word that comes in single bytes': () => head(`HTTP${'a'.repeat(200_000)}`),
  'thousands of cookies': cookies,
  'a cookie of spaces': () => cookie(' '.repeat(60_000)),
  'a cookie of spaces and a name': () => cookie(`${' '.repeat(60_000)}a`),
  'a cookie of many parts': () => cookie(' ;'.repeat(30_000)),
  'Accept with marks that are not closed': () => negotiate(String.raw`\"`.repeat(30_000)),
  'Accept of many items': () => negotiate('a;q=0.1,'.repeat(10_000)),
  'an address of many labels': () => parseTypedUrl('a.'.repeat(4000)),
  'an address of a megabyte': () => parseTypedUrl('a.'.repeat(MIB / 2)),
  'an address of spaces': () => parseTypedUrl(`a${' '.repeat(8000)}a`),
  'an address and spaces': () => parseTypedUrl(`https://a${' '.repeat(8000)}a`),
  'an address in many quotation marks': () => parseTypedUrl('"'.repeat(8000)),
  'an address in as many quotation marks as an operator may allow': () => longest('"'),
  'an address in quotation marks with spaces': () => longest('" '),
  'an address of labels': () => longest('url: '),
  'an address for programs': () => parseSourceUrl('a.'.repeat(4000)),
  'a path that is encoded again and again': () => path(`/%${'25'.repeat(4000)}2e`),
  'a name of dots': () => fileStem(`${'.'.repeat(8000)}a`),
  'a name of accents': () => fileStem('\u0323'.repeat(20_000) + '\u0334'.repeat(20_000)),
};

describe('attack 42: texts that take long to read', () => {
  for (const [name, read] of Object.entries(READINGS)) {
    it(name, async () => {
      const readOrRefuse = () => {
        try {
          read();
        } catch (error) {
          // Most are refused: what is asked here is how soon.
          expect(error).to.have.property('code');
        }
      };
      expect(await processorMsOf(readOrRefuse)).to.be.below(SOON_MS);
    });
  }
});
