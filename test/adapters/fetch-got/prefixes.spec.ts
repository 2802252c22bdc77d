import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { partOf } from '../../../src/domain/image/partial/partial-decoder.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../../scripts/kit/origin.ts';
import { downloadWith } from '../../support/download.ts';
import { fetcherFor } from './fetching.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';

const NEED = boxOf(64);

describe('GotImageFetcher where a download may end early', () => {
  let origin: Origin;
  let file: Buffer;
  let short: Buffer;

  before(async () => {
    origin = await startOrigin({ host: '127.0.0.2' });
    file = await photograph({ width: 1000, height: 750 }).jpeg({ progressive: true }).toBuffer();
    short = Buffer.from(partOf(file, file.length, NEED)!);
  });
  after(() => origin[Symbol.asyncDispose]());

  const fetched = () => downloadWith(fetcherFor(), origin.url('/a'), { endFor: NEED });

  it('needs no byte beyond those that are enough, and closes the connection', async () => {
    // The end of the partial file begins with a marker, as does what follows in the whole: its second byte has to come.
    const enough = file.subarray(0, commonBytes(file, short) + 1);
    origin.serve('/a', (_request, response) => {
      response.writeHead(200, { 'content-length': file.length });
      response.write(enough);
    });
    using image = await fetched();
    expect(Buffer.from(image.bytes!).equals(short)).to.equal(true);
    expect(image).to.include({ isPart: true, wholeBytes: file.length, receivedBytes: enough.length });
    await origin.idle();
  });

  it('gives the same partial file however much of the file comes at once', async () => {
    for (const pieceBytes of [1000, 65_536, file.length]) {
      origin.serve('/a', (_request, response) => {
        response.writeHead(200, { 'content-length': file.length });
        for (let at = 0; at < file.length; at += pieceBytes)
          response.write(file.subarray(at, at + pieceBytes));
        response.end();
      });
      using image = await fetched();
      expect(Buffer.from(image.bytes!).equals(short), `${pieceBytes}`).to.equal(true);
      expect(image.receivedBytes).to.be.at.least(commonBytes(file, short));
    }
    await origin.idle();
  });

  it('ends the download of a file without end', async () => {
    origin.serve('/a', (_request, response) => {
      response.writeHead(200);
      response.write(file);
      const fill = () => {
        while (!response.destroyed && response.write(randomBytes(4096)));
      };
      response.on('drain', fill);
      fill();
    });
    using image = await fetched();
    expect(Buffer.from(image.bytes!).equals(short)).to.equal(true);
    expect(image).to.include({ isPart: true, wholeBytes: undefined });
    await origin.idle();
  });

  it('gives the memory of a partial file back', async () => {
    origin.serve('/a', { body: file });
    const image = await fetched();
    const { buffer } = image.bytes as Uint8Array<ArrayBuffer>;
    image[Symbol.dispose]();
    expect(buffer.detached).to.equal(true);
    await origin.idle();
  });
});

/** How many of their first bytes are the same. */
function commonBytes(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < b.length && a[at] === b[at]) at += 1;
  return at;
}
