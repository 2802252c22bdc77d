import { expect } from 'chai';
import sharp from 'sharp';
import { Comparison } from '../../../scripts/compare-chromium/comparison.ts';
import { codedPictureOf, nclx } from '../../../scripts/kit/avif-files.ts';
import { chromiumOnPath } from '../../../scripts/kit/chromium.ts';
import { ChromiumDrawing } from '../../../scripts/kit/chromium-drawing.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { type MinimizedFields, minimizedAvif } from '../../../scripts/kit/minimized-avif.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { recogniseFormat } from '../../../src/domain/image/image-header.ts';
import { type CodedPicture, stillFile } from '../../../src/domain/image/image-header/avif/still-file.ts';
import type { Thumbnail } from '../../../src/domain/image/thumbnail.ts';
import { rejection } from '../../support/rejection.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 50_000_000 };
const resizer = new SharpImageResizer(LIMITS);
const { signal } = new AbortController();
const [WIDTH, HEIGHT] = [120, 80];
const SRGB = nclx(1, 13);

async function pictureOf(options: Parameters<ReturnType<typeof photograph>['avif']>[0], scale = 1) {
  const photo = photograph({ width: WIDTH * scale, height: HEIGHT * scale });
  return codedPictureOf(await photo.avif({ quality: 80, effort: 0, ...options }).toBuffer());
}

function thumbnailOf(image: Buffer): Promise<Thumbnail> {
  return resizer.resize(openWholeImage(image, LIMITS), specOf({ size: 64, format: 'png' }), { signal });
}

describe('resize-sharp: an AVIF with the short form of headers', () => {
  const drawing = new AsyncDisposableStack();
  let comparison: Comparison | undefined;
  let picture: CodedPicture;

  before(async () => {
    picture = await pictureOf({ chromaSubsampling: '4:4:4' });
    if (chromiumOnPath() === undefined) return;
    comparison = new Comparison(resizer, LIMITS, drawing.use(await ChromiumDrawing.start()), 64);
  });
  after(() => drawing.disposeAsync());

  /** As in the long form, and as Chromium shows it where that is installed. */
  async function expectShown(fields: MinimizedFields, long: Buffer, of = picture): Promise<void> {
    const short = minimizedAvif(of, fields);
    expect(recogniseFormat(short)).to.equal('avif');
    const [{ bytes, original }, expected] = [await thumbnailOf(short), await thumbnailOf(long)];
    expect(bytes).to.deep.equal(expected.bytes);
    expect(original).to.deep.equal({ ...expected.original, bytes: short.length });
    const outcome = await comparison?.of('', short);
    expect(outcome?.verdict ?? 'compared').to.equal('compared');
    expect(outcome?.difference ?? 0).to.be.below(3);
  }

  it('is shown as with the long form, small and large, of any coding', async () => {
    await expectShown({}, stillFile({ ...picture, colours: SRGB }));
    await expectShown({ exifBytes: 700 }, stillFile({ ...picture, colours: SRGB }));
    const half = await pictureOf({ chromaSubsampling: '4:2:0', bitdepth: 10 }, 3);
    await expectShown({ chroma: 1, bitDepth: 10 }, stillFile({ ...half, colours: SRGB }), half);
  });

  it('has the transparency and the colours that it says', async () => {
    const alpha = codedPictureOf(
      await photograph({ width: WIDTH, height: HEIGHT }).greyscale().avif({ effort: 0 }).toBuffer(),
    );
    await expectShown({ alpha }, stillFile({ ...picture, colours: SRGB }, alpha));
    await expectShown({ numbers: [12, 13, 6] }, stillFile({ ...picture, colours: nclx(12, 13) }));
    const tagged = await photograph({ width: 8, height: 8 }).withIccProfile('p3').jpeg().toBuffer();
    const { icc: profile } = await sharp(tagged).metadata();
    if (profile === undefined) throw new Error('no profile');
    const colours = Buffer.concat([Buffer.from('prof'), profile]);
    await expectShown({ profile }, stillFile({ ...picture, colours }));
  });

  it('is turned as it says', async () => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const outcome = await comparison?.of('', minimizedAvif(picture, { orientation }));
      expect(outcome?.verdict ?? 'compared', String(orientation)).to.equal('compared');
      expect(outcome?.similarity ?? 1, String(orientation)).to.be.above(0.98);
      const { original } = await thumbnailOf(minimizedAvif(picture, { orientation }));
      expect(original.width, String(orientation)).to.equal(orientation < 5 ? WIDTH : HEIGHT);
    }
  });

  it('is refused where it is cut short, or has more in it than a picture', async () => {
    const whole = minimizedAvif(picture);
    const broken = [
      whole.subarray(0, -50),
      whole.subarray(0, 40),
      minimizedAvif(picture, { isBright: true }),
    ];
    for (const file of broken) {
      expect(await rejection(Promise.resolve().then(() => thumbnailOf(file)))).to.include({
        code: 'corrupt-image',
      });
    }
  });
});
