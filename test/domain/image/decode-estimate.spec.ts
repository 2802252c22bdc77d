import { expect } from 'chai';
import { estimateDecodeBytes } from '../../../src/domain/image/decode-estimate.ts';
import type { ImageFile } from '../../../src/domain/image/image-file.ts';
import { PLAIN, type RasterHeader } from '../../../src/domain/image/image-header/raster-header.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const SPEC = specOf({ size: 100, fit: 'inside', format: 'webp' });
const THUMBNAIL_BYTES = 100 * 100 * 4 * 2;

function fileOf(header: Partial<RasterHeader>): ImageFile {
  const whole = { ...PLAIN, format: 'png', width: 1000, height: 500, ...header } as const;
  return { bytes: new Uint8Array(9), format: 'png', header: whole, isPart: false, wholeBytes: 9 };
}

describe('the memory that a decode is estimated to need', () => {
  it('is that of its pixels in four channels, twice, and of the thumbnail', () => {
    expect(estimateDecodeBytes(fileOf({}), SPEC)).to.equal(1000 * 500 * 4 * 2 + THUMBNAIL_BYTES / 2);
    expect(estimateDecodeBytes(fileOf({ channels: 1 }), SPEC)).to.equal(
      estimateDecodeBytes(fileOf({}), SPEC),
    );
  });

  it('doubles where a sample has more than eight bits', () => {
    for (const bitDepth of [10, 12, 16]) {
      expect(estimateDecodeBytes(fileOf({ bitDepth }), SPEC)).to.equal(
        1000 * 500 * 8 * 2 + THUMBNAIL_BYTES / 2,
      );
    }
  });

  it('is that of the thumbnail alone for a drawing, whatever its sides are', () => {
    expect(estimateDecodeBytes(fileOf({ format: 'svg', width: 20, height: 20 }), SPEC)).to.equal(
      THUMBNAIL_BYTES * 2,
    );
  });

  it('counts the pixels of an intermediate image', () => {
    const original = { format: 'png', width: 900, height: 900, bytes: 9 } as const;
    const pixels = new Uint8Array(30 * 20 * 3);
    const image = { plan: 'any', pixels, width: 30, height: 20, channels: 3, original } as const;
    expect(estimateDecodeBytes(image, SPEC)).to.equal(30 * 20 * 4 * 2 + THUMBNAIL_BYTES);
  });
});
