import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Context } from 'koa';
import { IncomingBytes } from '../../../src/domain/source/incoming-bytes.ts';
import { readMultipart } from '../../../src/http/body/read-multipart.ts';
import type { Incoming } from '../../../src/http/body/receive-body.ts';
import { rejection } from '../../support/rejection.ts';
import { BOUNDARY, IMAGE_PART, MULTIPART, multipartOf } from '../../support/uploads.ts';
import { processorMsOf } from '../../support/processor-time.ts';

const MIB = 1024 * 1024;
const LIMITS = { maxBytes: 8 * MIB, timeoutMs: 20_000 };
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;

describe('reading a multipart form', () => {
  const readFrom = (req: Readable) => {
    const state = { signal: new AbortController().signal };
    const ctx = { req, res: {}, state, get: () => MULTIPART['Content-Type'] };
    return readMultipart(ctx as unknown as Incoming & Context, new IncomingBytes(LIMITS.maxBytes), LIMITS);
  };
  const read = (body: Buffer, pieceBytes = 64 * 1024) => {
    const pieces = Array.from({ length: Math.ceil(body.length / pieceBytes) }, (_, at) =>
      body.subarray(at * pieceBytes, (at + 1) * pieceBytes),
    );
    return readFrom(Readable.from(pieces, { objectMode: false }));
  };
  const refusalOf = async (body: Buffer) => ((await rejection(read(body))) as Error).message;
  const nameOf = async (parameters: string) => {
    const { image } = await read(
      multipartOf([[`Content-Disposition: form-data; name="image"; ${parameters}`, 'x']]),
    );
    return image?.name;
  };

  it('needs all of it, up to the end of its last boundary', async () => {
    const body = multipartOf([
      [field('image_url'), 'http://images.example/ä'],
      [IMAGE_PART, '\r\n--'],
    ]);
    const needed = body.length - '\r\n'.length;
    for (let length = 0; length <= body.length; length += 1) {
      for (const pieceBytes of [1, 7, 1000]) {
        const reading = read(body.subarray(0, length), pieceBytes);
        if (length < needed) {
          expect(await rejection(reading), `${length} bytes`).to.include({ code: 'invalid-request' });
        } else {
          const { fields, image } = await reading;
          expect([...fields]).to.deep.equal([['image_url', 'http://images.example/ä']]);
          expect(Buffer.from(image!.bytes).toString()).to.equal('\r\n--');
        }
      }
    }
  });

  it('takes any image as it is', async () => {
    const image = randomBytes(4 * MIB);
    const form = await read(multipartOf([[IMAGE_PART, image]]));
    expect(image.equals(form.image!.bytes)).to.equal(true);
  });

  it('takes fields as UTF-8 and in their order, whatever they say of themselves', async () => {
    const form = await read(
      multipartOf([
        [`${field('b')}\r\nContent-Type: text/plain; charset=utf-16le`, 'ä'],
        [`${field('a')}\r\nContent-Type: application/octet-stream`, 'ö'],
        [`${field('b')}\r\nContent-Transfer-Encoding: base64`, 'eA=='],
        ['Content-Disposition: form-data', 'no name'],
      ]),
      1,
    );
    expect([...form.fields].flat()).to.deep.equal(['b', 'ä', 'a', 'ö', 'b', 'eA==', '', 'no name']);
  });

  it('reads file names as browsers and as libraries send them, without what cannot be seen', async () => {
    for (const [parameters, name] of [
      ['filename="Ärger 写真.png"', 'Ärger 写真.png'],
      ['filename="a%22b.png"', 'a"b.png'],
      [String.raw`filename="a\"b.png"`, 'a"b.png'],
      ['filename=a.png', 'a.png'],
      [String.raw`filename="C:\files\a.png"`, 'a.png'],
      ['filename="../../a.png"', 'a.png'],
      ["filename*=utf-8''%C3%84%20b.png", 'Ä b.png'],
      ["filename*=iso-8859-1'de'%C4.png", 'Ä.png'],
      ["filename*=utf-8''%2Fetc%2Fa.png", 'a.png'],
      ["filename*=utf-8''%E2%80%AEa%00%07.png", 'a.png'],
      ['filename="a\u202eb\u200f\u0007.png"', 'ab.png'],
      [`filename="${'a'.repeat(300)}"`, 'a'.repeat(255)],
    ] as const) {
      expect(await nameOf(parameters), parameters).to.equal(name);
    }
    expect(await nameOf(`filename="a.png"; filename*=utf-8''b.png`)).to.be.oneOf(['a.png', 'b.png']);
  });

  it('has its limits on fields, bytes of fields, parts and the whole', async () => {
    const fields = (count: number) =>
      Array.from({ length: count }, (_, at) => [field(`f${at}`), 'x'] as const);
    expect((await read(multipartOf([...fields(10), [IMAGE_PART, 'x']]))).fields.size).to.equal(10);
    expect(await refusalOf(multipartOf(fields(11)))).to.equal('The form has too many fields. Send fewer.');
    const noFile = [IMAGE_PART.replace('a.png', ''), ''] as const;
    const left = ['X: y', 'x'] as const;
    expect((await read(multipartOf(Array.from({ length: 20 }, () => noFile)))).image).to.equal(undefined);
    for (const part of [noFile, left]) {
      const many = multipartOf(Array.from({ length: 21 }, () => part));
      expect(await refusalOf(many)).to.equal('The form has too many fields. Send fewer.');
    }
    const long = (bytes: number) => multipartOf([[field('a'), 'x'.repeat(bytes)]]);
    expect((await read(long(32_768))).fields.get('a')).to.have.length(32_768);
    expect(await refusalOf(long(32_769))).to.include('too long');
    const preamble = Buffer.concat([Buffer.alloc(9 * MIB, 'x\r\n'), multipartOf([[IMAGE_PART, 'x']])]);
    expect(await refusalOf(preamble)).to.include('larger than 8 MiB');
  });

  it('ends with the first fault, before the rest has come', async () => {
    async function* endless() {
      yield multipartOf([[IMAGE_PART, 'x']]).subarray(0, -BOUNDARY.length - 8);
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield `\r\n--${BOUNDARY}\r\n${IMAGE_PART}\r\n\r\nx\r\n--${BOUNDARY}\r\n${field('image')}\r\n\r\nx`;
      }
    }
    const req = Readable.from(endless(), { objectMode: false });
    const reading = readFrom(req);
    expect(await rejection(reading)).to.include({ message: 'Send one image at a time.' });
    expect(req.destroyed).to.equal(false);
    req.destroy();
  });

  describe('takes time by the length of', () => {
    const fill = (pattern: string) => (bytes: number) => pattern.repeat(Math.ceil(bytes / pattern.length));
    const image = (pattern: string) => (bytes: number) => multipartOf([[IMAGE_PART, fill(pattern)(bytes)]]);
    const bodies: Record<string, (bytes: number) => Buffer> = {
      'line ends': image('\r'),
      'beginnings of boundaries': image(`\r\n--${BOUNDARY.slice(0, -1)}`),
      'a head': (bytes) => multipartOf([[`X: ${fill('x')(bytes)}`, 'x']]),
      'a head of many lines': (bytes) => multipartOf([[`${fill('X: x\r\n')(bytes)}Y: y`, 'x']]),
      'a head of line ends': (bytes) => multipartOf([[fill('\r\n\r')(bytes), 'x']]),
      'many file names': (bytes) => multipartOf([[`${field('f')}; ${fill('filename="')(bytes)}`, 'x']]),
      'a preamble': (bytes) => Buffer.from(fill('\r\n--')(bytes) + multipartOf([]).toString()),
      'an epilogue': (bytes) => Buffer.from(multipartOf([]).toString() + fill('\r\n--')(bytes)),
    };
    for (const [what, bodyOf] of Object.entries(bodies)) {
      it(what, async () => {
        await cpuMs(bodyOf(MIB));
        // By the square, it would be sixteen times as much.
        const [small, large] = [await cpuMs(bodyOf(MIB)), await cpuMs(bodyOf(4 * MIB))];
        expect(large).to.be.below(8 * Math.max(small, 5));
      });
    }

    const cpuMs = async (body: Buffer) => {
      let least = Infinity;
      for (let time = 0; time < 3; time += 1) {
        least = Math.min(least, await processorMsOf(() => read(body).catch(() => undefined)));
      }
      return least;
    };
  });
});
