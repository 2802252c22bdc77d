import { expect } from 'chai';
import { withoutHidden } from '../../../src/adapters/resize-sharp/hidden-parts.ts';
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
import { chunk, profileChunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { quarters } from '../../../scripts/kit/images.ts';
import { rejection } from '../../support/rejection.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50e6 };
const SPEC: ThumbnailSpec = specOf({ size: 64, fit: 'inside', format: 'png' });

describe('resize-sharp: limits on the structure of a file', () => {
  const resizer = new SharpImageResizer(LIMITS);
  const { signal } = new AbortController();
  const expectTooExpensive = async (file: ImageFile, spec: ThumbnailSpec) =>
    expect(await rejection(resizer.resize(file, spec, { signal }))).to.be.instanceOf(ImageTooExpensiveError);

  const thumbnailOf = (file: ImageFile) => resizer.resize(file, SPEC, { signal });

  describe('on the scans of a JPEG', () => {
    const sides = { width: 2000, height: 2000 };
    const scan = { ...AC_SCAN, data: emptyBlocks(250 * 250) };
    const scans = Array<typeof scan>(2000).fill(scan);

    it('hold for what a thumbnail needs of the file', async () => {
      const jpeg = hostileJpeg({ ...sides, scans: [DC_SCAN, ...scans] });
      const part = partOf(jpeg, jpeg.length, SPEC);
      if (part === undefined) throw new Error('the first scan is enough');
      const whole = await thumbnailOf(openWholeImage(jpeg, LIMITS));
      const file = openImage({ bytes: part, isPart: true, wholeBytes: jpeg.length }, LIMITS);
      expect((await thumbnailOf(file)).bytes).to.deep.equal(whole.bytes);
      const larger = specOf({ ...SPEC, size: 512 });
      await expectTooExpensive(openWholeImage(jpeg, LIMITS), larger);
    });

    it('are not evaded by a first scan that is too coarse to be enough', async () => {
      const jpeg = hostileJpeg({ ...sides, scans: [{ ...DC_SCAN, lowest: 13 }, ...scans] });
      await expectTooExpensive(openWholeImage(jpeg, LIMITS), SPEC);
    });
  });

  it('leave a PNG as it is, but for what is hidden', async () => {
    const png = await quarters(90, 60).png().toBuffer();
    const hidden = [
      chunk('tEXt', Buffer.from('key\0text')),
      profileChunk(49e6),
      chunk('teSt', Buffer.alloc(1e5)),
    ];
    const odd = withChunks(png, [...hidden, chunk('tIME', Buffer.alloc(7)), ...hidden]);
    const file = openWholeImage(odd, LIMITS);
    expect(Buffer.from(withoutHidden(odd, file.header)).equals(png)).to.equal(true);
    const [expected, made] = [await thumbnailOf(openWholeImage(png, LIMITS)), await thumbnailOf(file)];
    expect(made.bytes).to.deep.equal(expected.bytes);
  });
});
