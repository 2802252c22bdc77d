import { expect } from 'chai';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { jpegSegment } from '../../../scripts/kit/hostile-images/jpeg.ts';
import { photograph, plain } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 1e6 } as const;

describe('resize-sharp: JPEG with a gain map', () => {
  it('is shown by its base, as if the map behind that were not there', async () => {
    const spec = specOf({ size: 64, format: 'webp' });
    const thumbnailOf = async (file: Buffer) => {
      const resizer = new SharpImageResizer(LIMITS);
      const { bytes, original } = await resizer.resize(
        openWholeImage(file, LIMITS),
        spec,
        new AbortController(),
      );
      return [Buffer.from(bytes).toString('base64'), original.isDamaged];
    };
    const map = await plain(100, 75, [255, 255, 255]).jpeg().toBuffer();
    for (const progressive of [false, true]) {
      const base = await photograph({ width: 400, height: 300 }).jpeg({ progressive }).toBuffer();
      const note = jpegSegment(0xe2, Buffer.from('MPF\0MM\0*\0\0\0\x08\0\0', 'latin1'));
      const whole = Buffer.concat([base.subarray(0, 2), note, base.subarray(2), map]);
      expect(await thumbnailOf(whole)).to.deep.equal(await thumbnailOf(base));
    }
  });
});
