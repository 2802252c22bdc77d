import { createHash, randomBytes } from 'node:crypto';
import zlib from 'node:zlib';
import { expect } from 'chai';
import {
  SourcePackedTooTightlyError,
  SourceTooLargeError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import { unpacked } from '../../../src/domain/source/unpacking/content-coding.ts';
import { photograph, plain } from '../../../scripts/kit/images.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';
import { FakeFetcher, sourceAnswer } from '../../support/fakes.ts';
import { downloadWith } from '../../support/download.ts';
import { rejection } from '../../support/rejection.ts';

/** Repeats itself here and there, so that packing it changes its length. */
const IMAGE = Buffer.concat([randomBytes(100_000), Buffer.alloc(5000), randomBytes(100_000)]);

const brotli = (bytes: Uint8Array) =>
  zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } });

const PACKERS = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  'X-Deflate': zlib.deflateRawSync,
  br: brotli,
  zstd: zlib.zstdCompressSync,
} as const;

function* cut(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes)
    yield Uint8Array.from(bytes.subarray(at, at + pieceBytes));
}

async function* asBody(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    await Promise.resolve();
    // A piece is lent until the next one is asked for.
    piece.fill(0xaa);
  }
}

function unpack(packed: Uint8Array, coding: string, pieceBytes = 1000): Promise<Buffer> {
  return read(unpacking(asBody(cut(packed, pieceBytes)), coding));
}

function unpacking(body: AsyncIterable<Uint8Array>, coding: string): AsyncIterable<Uint8Array> {
  return unpacked({ ...sourceAnswer(''), headers: { 'content-encoding': coding }, body }).body;
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const expectImage = async (unpacking: Promise<Buffer>, image = IMAGE) =>
  expect(digest(await unpacking)).to.equal(digest(image));

describe('a body that is packed', () => {
  for (const [coding, pack] of Object.entries(PACKERS)) {
    describe(`by ${coding}`, () => {
      it('is unpacked, in pieces of any size', async () => {
        await expectImage(unpack(pack(IMAGE), coding, 1e6));
        await expectImage(unpack(pack(IMAGE), coding, 777));
        await expectImage(unpack(pack(IMAGE.subarray(0, 500)), coding, 1), IMAGE.subarray(0, 500));
      });

      it('gives what it has where it was cut short, and ignores what comes behind it', async () => {
        const packed = pack(IMAGE);
        const part = await unpack(packed.subarray(0, packed.length - 5000), coding);
        expect(IMAGE.subarray(0, part.length).equals(part)).to.equal(true);
        expect(part.length).to.be.above(IMAGE.length / 3);
        await expectImage(unpack(Buffer.concat([packed, Buffer.from('\x1f rest')]), coding));
      });

      it('rejects with SourceUnreachableError where it is damaged', async () => {
        const packed = Buffer.concat([pack(Buffer.alloc(100_000, 'image')), randomBytes(2000)]);
        packed.fill(0xff, 12, 40);
        expect(await rejection(unpack(packed, coding))).to.be.instanceOf(SourceUnreachableError);
      });

      it('is not unpacked where it is packed beyond all measure', async () => {
        const bomb = pack(Buffer.alloc(20_000_000));
        expect(await rejection(unpack(bomb, coding))).to.be.instanceOf(SourcePackedTooTightlyError);
      });

      it('passes where it is an image as it stands, whatever is said of it', async () => {
        const png = await plain(60, 40, [200, 80, 40]).png().toBuffer();
        await expectImage(unpack(png, coding, 10), png);
        await expectImage(unpack(png, coding, 1e6), png);
      });
    });
  }

  it('is unpacked in the order of what was done to it', async () => {
    await expectImage(unpack(brotli(zlib.gzipSync(IMAGE)), 'gzip, br'));
    await expectImage(unpack(zlib.gzipSync(zlib.gzipSync(IMAGE)), 'GZip,\tgzip'));
    await expectImage(unpack(zlib.gzipSync(IMAGE), 'identity, gzip, utf-8'));
  });

  it('is what it is under words that nobody knows', async () => {
    for (const coding of ['', 'identity', 'aws-chunked', 'none', 'constructor', 'compress'])
      await expectImage(unpack(IMAGE, coding));
  });

  it('may have a gzip header with all there can be', async () => {
    const image = IMAGE.subarray(0, 2000);
    const [head, rest] = [zlib.gzipSync(image).subarray(0, 10), zlib.gzipSync(image).subarray(10)];
    head[3] = 0x1e;
    const fields = ['\x04\x00abcd', 'photo.jpg\0', 'taken in May\0', '\x12\x34'].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    for (const pieceBytes of [1, 5, 1000])
      await expectImage(
        unpack(Buffer.concat([head, ...fields, rest.subarray(0, -8)]), 'gzip', pieceBytes),
        image,
      );
  });

  it('is read no further than it is asked for, and ended with its reader', async () => {
    let taken = 0;
    const ended = Promise.withResolvers<undefined>();
    async function* body() {
      try {
        for (const piece of cut(zlib.gzipSync(randomBytes(8e6)), 10_000)) {
          taken += 1;
          yield await Promise.resolve(piece);
        }
      } finally {
        ended.resolve(undefined);
      }
    }
    const reading = unpacking(body(), 'gzip')[Symbol.asyncIterator]();
    await reading.next();
    await reading.return?.();
    await ended.promise;
    expect(taken).to.be.below(100);
  });

  it('rejects with what the body breaks off with', async () => {
    const broken = new SourceUnreachableError('Broken.');
    async function* body() {
      yield zlib.gzipSync(IMAGE).subarray(0, 50_000);
      await Promise.reject(broken);
    }
    expect(await rejection(read(unpacking(body(), 'gzip')))).to.equal(broken);
  });
});

describe('the download of a packed image', () => {
  const fetcherOf = (body: Uint8Array, coding: string, pieceBytes = 8192) => {
    const fetcher = new FakeFetcher();
    const headers = { 'content-encoding': coding, 'content-length': `${body.length}` };
    fetcher.answer = ({ href }) =>
      Promise.resolve({ ...sourceAnswer('', { href, headers }), body: asBody(cut(body, pieceBytes)) });
    return fetcher;
  };
  const URL = 'http://images.test/a';

  it('has the bytes of the image, and their number', async () => {
    const { bytes, wholeBytes, isPart } = await downloadWith(fetcherOf(zlib.gzipSync(IMAGE), 'gzip'), URL);
    await expectImage(Promise.resolve(Buffer.from(bytes ?? [])));
    expect({ wholeBytes, isPart }).to.deep.equal({ wholeBytes: IMAGE.length, isPart: false });
  });

  it('has its limit on the unpacked bytes, and ends there', async () => {
    const maxBytes = IMAGE.length - 1;
    const error = await rejection(downloadWith(fetcherOf(zlib.gzipSync(IMAGE), 'gzip'), URL, { maxBytes }));
    expect(error).to.be.instanceOf(SourceTooLargeError);
  });

  it('ends early where the unpacked bytes are enough', async () => {
    const jpeg = await photograph({ width: 1000, height: 750 }).jpeg({ progressive: true }).toBuffer();
    for (const [coding, pack] of [
      ['gzip', zlib.gzipSync],
      ['br', brotli],
    ] as const) {
      const whole = await downloadWith(fetcherOf(pack(jpeg), coding), URL, { endFor: boxOf(64) });
      expect(whole.isPart, coding).to.equal(true);
      expect(whole.receivedBytes).to.be.below(jpeg.length / 2);
    }
  });
});
