import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { MultipartGuard } from '../../../src/http/body/multipart-guard.ts';
import { rejection } from '../../support/rejection.ts';
import { BOUNDARY, IMAGE_PART, multipartOf } from '../../support/uploads.ts';

const MIB = 1024 * 1024;

describe('the guard before the parser of forms', () => {
  const pass = (body: Buffer, pieceBytes = 64 * 1024, maxBytes = 8 * MIB) => {
    const guard = new MultipartGuard(BOUNDARY, { maxBytes, onTooLarge: () => new Error('too large') });
    const pieces = Array.from({ length: Math.ceil(body.length / pieceBytes) }, (_, at) =>
      body.subarray(at * pieceBytes, (at + 1) * pieceBytes),
    );
    return buffer(Readable.from(pieces).pipe(guard));
  };
  const refusalOf = async (...given: Parameters<typeof pass>) => {
    const error = (await rejection(pass(...given))) as Error;
    return error.cause instanceof Error ? error.cause.message : error.message;
  };
  const headOf = (bytes: number) => `${IMAGE_PART}\r\nX: ${'x'.repeat(bytes - IMAGE_PART.length - 9)}`;

  it('lets everything pass as it is, in whatever pieces it comes', async () => {
    const body = multipartOf([
      [IMAGE_PART, randomBytes(3000)],
      [headOf(2000), `\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\n`],
      [IMAGE_PART, ''],
    ]);
    for (const pieceBytes of [1, 2, 3, 7, 29, 1000, 10_000]) {
      expect((await pass(body, pieceBytes)).equals(body), `pieces of ${pieceBytes}`).to.equal(true);
    }
  });

  it('lets compressed images pass, of any size', async () => {
    const body = multipartOf([[IMAGE_PART, randomBytes(4 * MIB)]]);
    expect((await pass(body)).length).to.equal(body.length);
  });

  it('refuses a head that is too long, whichever it is and in whatever pieces it comes', async () => {
    for (const parts of [
      [[headOf(2100), 'x']],
      [
        [IMAGE_PART, 'x\r\n\r\n'],
        [headOf(2100), 'x'],
      ],
      [
        [IMAGE_PART, `--${BOUNDARY} in the middle`],
        [headOf(2100), 'x'],
      ],
    ] as [string, string][][]) {
      for (const pieceBytes of [1, 13, 500, 100_000]) {
        expect(await refusalOf(multipartOf(parts), pieceBytes)).to.equal('the head of a part is too long');
      }
    }
    expect(await refusalOf(Buffer.from(`--${BOUNDARY}\r\n${'x'.repeat(3000)}`))).to.include('head');
    expect(await refusalOf(Buffer.from(`--${BOUNDARY}--${'x'.repeat(3000)}`))).to.include('head');
  });

  it('refuses what is full of line ends, and what is too large', async () => {
    const storm = Buffer.alloc(MIB, '\r');
    expect(await refusalOf(multipartOf([[IMAGE_PART, storm]]))).to.equal('too many line ends');
    expect((await pass(multipartOf([[IMAGE_PART, storm.subarray(0, 4000)]]))).length).to.be.above(4000);
    const body = multipartOf([[IMAGE_PART, 'x'.repeat(1000)]]);
    expect(await refusalOf(body, 100, body.length - 1)).to.equal('too large');
    expect((await pass(body, 100, body.length)).length).to.equal(body.length);
  });

  it('hands on no more of a head of the request than the boundary', () => {
    const { headers } = new MultipartGuard('a b', { maxBytes: 1, onTooLarge: () => new Error() });
    expect(headers).to.deep.equal({
      'content-type': 'multipart/form-data; boundary="a b"',
      'transfer-encoding': 'chunked',
    });
  });
});
