import { expect } from 'chai';
import sharp from 'sharp';
import { photograph, pixelsOf, plain } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { topOfDetail } from '../../../src/domain/image/detailed-rows.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';

const LIMITS = { inputFormats: ['png'], maxPixels: 1e6 } as const;
const resizer = new SharpImageResizer(LIMITS);
const WIDTH = 300;
const HEIGHT = 900;

interface Patch {
  readonly top: number;
  readonly kind: 'detail' | 'colour';
}

/** A tall grey picture with patches on it: grey ones with much detail, and ones of a colour that draws the eye. */
async function tallPicture(patches: readonly Patch[]): Promise<Buffer> {
  const inputs = await Promise.all(
    patches.map(async ({ top, kind }) => ({ input: await patchOf(kind), left: 60, top })),
  );
  return plain(WIDTH, HEIGHT, [120, 120, 120]).composite(inputs).png().toBuffer();
}

async function patchOf(kind: Patch['kind']): Promise<Buffer> {
  if (kind === 'colour') return plain(180, 140, [230, 90, 40]).png().toBuffer();
  const rows = Buffer.from(Array.from({ length: 180 * 140 }, (_, at) => (at * at * 31) % 200));
  return sharp(rows, { raw: { width: 180, height: 140, channels: 1 } })
    .toColourspace('srgb')
    .png()
    .toBuffer();
}

/** How much of the thumbnail is of the colour, from 0 to 1, and how much is neither that nor the plain ground. */
async function seenIn(bytes: Uint8Array): Promise<{ colour: number; detail: number }> {
  const { data, width, height, channels } = await pixelsOf(bytes);
  let [colour, detail] = [0, 0];
  for (let at = 0; at < data.length; at += channels) {
    const [red = 0, , blue = 0] = data.subarray(at, at + 3);
    if (red - blue > 80) colour += 1;
    else if (Math.abs(red - 120) > 4) detail += 1;
  }
  return { colour: colour / (width * height), detail: detail / (width * height) };
}

async function crop(picture: Buffer) {
  const spec = specOf({ size: 60, fit: 'cover', position: 'attention', format: 'png' });
  return seenIn((await resizer.resize(openWholeImage(picture, LIMITS), spec, new AbortController())).bytes);
}

describe('resize-sharp: what is kept of a tall picture', () => {
  it('is the upper part where that has most detail, though a colour draws the eye further down', async () => {
    const picture = await tallPicture([
      { top: 40, kind: 'detail' },
      { top: 720, kind: 'colour' },
    ]);
    const alone = await sharp(picture)
      .resize(60, 60, { fit: 'cover', position: sharp.strategy.attention })
      .png()
      .toBuffer();
    expect((await seenIn(alone)).colour).to.be.greaterThan(0.1);
    const { colour, detail } = await crop(picture);
    expect(colour).to.equal(0);
    expect(detail).to.be.greaterThan(0.1);
  });

  for (const top of [30, 200, 400]) {
    it(`is what stands alone, ${top} of ${HEIGHT} pixels from the top`, async () => {
      expect((await crop(await tallPicture([{ top, kind: 'colour' }]))).colour).to.be.greaterThan(0.1);
    });
  }

  it('has its rows with most detail where libvips finds them', async () => {
    const detailed = await tallPicture([{ top: 500, kind: 'detail' }]);
    const photo = await photograph({ width: 300, height: 500 }).png().toBuffer();
    for (const picture of [detailed, photo]) {
      const whole = sharp(picture).resize(60, 130, { fit: 'fill' });
      const { data, info } = await whole.raw().toBuffer({ resolveWithObject: true });
      const position = sharp.strategy.entropy;
      const raw = { width: 60, height: 130, channels: info.channels };
      const found = await sharp(data, { raw })
        .resize(60, 60, { fit: 'cover', position })
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(topOfDetail({ pixels: data, ...raw }, 60)).to.equal(-(found.info.cropOffsetTop ?? 0));
    }
  });
});
