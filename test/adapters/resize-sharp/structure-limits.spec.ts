import { expect } from 'chai';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { ImageTooExpensiveError } from '../../../src/domain/errors/index.ts';
import {
  type ImageFile,
  type InputLimits,
  openImage,
  openWholeImage,
} from '../../../src/domain/image/image-file.ts';
import { partOf } from '../../../src/domain/image/partial/partial-decoder.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import { AC_SCAN, DC_SCAN, emptyBlocks, hostileJpeg } from '../../../scripts/kit/hostile-images/jpeg.ts';
import { rejection } from '../../support/rejection.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50e6 };
const SPEC: ThumbnailSpec = { size: 64, fit: 'inside', format: 'png' };

describe('resize-sharp: limits on the structure of a file', () => {
  const resizer = new SharpImageResizer(LIMITS);
  const { signal } = new AbortController();
  const expectTooExpensive = async (file: ImageFile, spec: ThumbnailSpec) =>
    expect(await rejection(resizer.resize(file, spec, { signal }))).to.be.instanceOf(ImageTooExpensiveError);

  describe('on the scans of a JPEG', () => {
    const sides = { width: 2000, height: 2000 };
    const scan = { ...AC_SCAN, data: emptyBlocks(250 * 250) };
    const scans = Array<typeof scan>(2000).fill(scan);

    it('hold for what a thumbnail needs of the file', async () => {
      const jpeg = hostileJpeg({ ...sides, scans: [DC_SCAN, ...scans] });
      const part = partOf(jpeg, jpeg.length, SPEC);
      if (part === undefined) throw new Error('the first scan is enough');
      const whole = await resizer.resize(openWholeImage(jpeg, LIMITS), SPEC, { signal });
      const file = openImage({ bytes: part, isPart: true, wholeBytes: jpeg.length }, LIMITS);
      expect((await resizer.resize(file, SPEC, { signal })).bytes).to.deep.equal(whole.bytes);
      const larger = { ...SPEC, size: 512 };
      await expectTooExpensive(openWholeImage(jpeg, LIMITS), larger);
    });

    it('are not evaded by a first scan that is too coarse to be enough', async () => {
      const jpeg = hostileJpeg({ ...sides, scans: [{ ...DC_SCAN, lowest: 13 }, ...scans] });
      await expectTooExpensive(openWholeImage(jpeg, LIMITS), SPEC);
    });
  });
});
