import { expect } from 'chai';
import type { IsolatedImageResizer } from '../../../src/adapters/resize-isolated/index.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import { type Pixels, pixelsOf } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { isolatedOptions, isolatedResizer } from '../../support/isolated-resizer.ts';
import { IsolatedImageResizer as Isolated } from '../../../src/adapters/resize-isolated/index.ts';

const LIMITS = { inputFormats: ['svg'], maxPixels: 1e6 } as const;

/** Left half red, right half blue, and nothing below. */
const DRAWING =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">' +
  '<rect width="5" height="5" fill="red"/><rect x="5" width="5" height="5" fill="blue"/></svg>';

describe('resize-isolated: drawings', () => {
  let resizer: IsolatedImageResizer;

  before(() => (resizer = isolatedResizer({ limits: LIMITS })));
  after(() => resizer.close());

  async function thumbnailOf(drawing: string, fields: Partial<ThumbnailSpec> & { size?: number }) {
    const file = openWholeImage(Buffer.from(drawing), LIMITS);
    const spec = specOf({ format: 'png', ...fields });
    const thumbnail = await resizer.resize(file, spec, new AbortController());
    return { ...thumbnail, pixels: await pixelsOf(thumbnail.bytes) };
  }

  const at = ({ data, width, channels }: Pixels, x: number, y: number) => [
    ...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels),
  ];

  it('are drawn in the size that is asked for, not drawn small and enlarged', async () => {
    for (const root of ['viewBox="0 0 10 10"', 'viewBox="0 0 10 10" width="1e6" height="1e6"']) {
      const { pixels, width, height, original } = await thumbnailOf(
        DRAWING.replace('viewBox="0 0 10 10"', root),
        { size: 500 },
      );
      expect([width, height]).to.deep.equal([500, 500]);
      expect([at(pixels, 249, 9), at(pixels, 250, 9)]).to.deep.equal([
        [255, 0, 0, 255],
        [0, 0, 255, 255],
      ]);
      expect(at(pixels, 249, 251)[3]).to.equal(0);
      expect(original.width).to.equal(root.includes('1e6') ? 1e6 : 150);
    }
  });

  it('are drawn larger where a part of them is cut out, or a box is to be covered', async () => {
    const crop = { x: 0.4, y: 0, width: 0.2, height: 0.2 };
    const part = await thumbnailOf(DRAWING, { size: 100, crop });
    expect([part.width, part.height]).to.deep.equal([100, 100]);
    expect([at(part.pixels, 49, 5), at(part.pixels, 50, 5)]).to.deep.equal([
      [255, 0, 0, 255],
      [0, 0, 255, 255],
    ]);
    const position = { x: 0.5, y: 0 };
    const covered = await thumbnailOf(DRAWING, { width: 100, height: 50, fit: 'cover', position });
    expect([covered.width, covered.height]).to.deep.equal([100, 50]);
    expect(at(covered.pixels, 3, 49)).to.deep.equal([255, 0, 0, 255]);
  });

  it('that are no XML to their end are corrupt', async () => {
    const error = await thumbnailOf(DRAWING.replace('</svg>', ''), { size: 64 }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'corrupt-image');
  });

  it('have a decoder that is started for them and ends soon after', async () => {
    const options = isolatedOptions({ limits: LIMITS, renewal: { idleMs: 60 } });
    const rare = new Isolated({ ...options, isRarelyNeeded: true, processBytes: 1000 });
    const file = openWholeImage(Buffer.from(DRAWING), LIMITS);
    const spec = specOf({ size: 64, format: 'png' });
    expect(rare.memoryCost(file, spec) - resizer.memoryCost(file, spec)).to.equal(1000);
    const first = await rare.resize(file, spec, new AbortController());
    const again = await rare.resize(file, spec, new AbortController());
    expect(Buffer.from(again.bytes).equals(first.bytes)).to.equal(true);
    await rare.close();
  });
});
