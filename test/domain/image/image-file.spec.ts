import { expect } from 'chai';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { type InputLimits, openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png'], maxPixels: 2_000_000 };

describe('image file', () => {
  it('is opened with its header', async () => {
    const bytes = await plain(20, 10, QUARTERS.red).png().toBuffer();
    const file = openWholeImage(bytes, LIMITS);
    expect(file).to.include({ bytes, format: 'png', isPart: false, wholeBytes: bytes.length });
    expect(file.header).to.include({ width: 20, height: 10 });
  });

  it('is opened as a part of a file whose length may be unknown', async () => {
    const bytes = await plain(20, 10, QUARTERS.red).png().toBuffer();
    const file = openImage({ bytes, isPart: true, wholeBytes: undefined }, LIMITS);
    expect(file).to.include({ isPart: true, wholeBytes: undefined });
  });

  it('is taken where it is a drawing, in whatever size', () => {
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"/>');
    const file = openWholeImage(drawing, { ...LIMITS, inputFormats: ['svg'] });
    expect([file.format, file.header.width]).to.deep.equal(['svg', 1_000_000]);
  });

  it('is refused for what its header gives away', async () => {
    const png = await plain(10, 10, QUARTERS.red).png().toBuffer();
    expectCode(Buffer.from('<!doctype html><p>no image'), 'unsupported-image');
    expectCode(Buffer.from('%PDF-1.7'), 'unsupported-image');
    expectCode(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'unsupported-image');
    expectCode(new Uint8Array(0), 'unsupported-image');
    expectCode(png.subarray(0, 20), 'corrupt-image');
    expectCode(withPngSize(png, 0, 10), 'corrupt-image');
    const error = expectCode(withPngSize(png, 2001, 1000), 'image-too-large');
    expect(error.message).to.contain('2.1 megapixels').and.to.contain('the limit is 2.');
    openWholeImage(withPngSize(png, 16_383, 1), LIMITS);
    for (const [width, height] of [
      [16_384, 1],
      [1, 16_384],
    ] as const) {
      const { message } = expectCode(withPngSize(png, width, height), 'image-too-large');
      expect(message).to.contain('16384 pixels').and.to.contain('the limit is 16383.');
    }
  });
});

function expectCode(bytes: Uint8Array, code: string): ThumbnailerError {
  try {
    openWholeImage(bytes, LIMITS);
  } catch (error) {
    if (!(error instanceof ThumbnailerError)) throw error;
    expect(error.code).to.equal(code);
    return error;
  }
  throw new Error('not refused');
}

function withPngSize(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(width, 16);
  changed.writeUInt32BE(height, 20);
  return changed;
}
