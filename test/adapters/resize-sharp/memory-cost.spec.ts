import { expect } from 'chai';
import sharp from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import { svg } from '../../../scripts/kit/hostile-images/svg.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { type SpecFields, specOf } from '../../../scripts/kit/spec.ts';

const MB = 1e6;
/** Of `MEMORY_BUDGET`, where nothing else is set. */
const BUDGET_OF_512_MIB = 204 * 1024 ** 2;
const WEBP_256: ThumbnailSpec = specOf({ size: 256, fit: 'inside', format: 'webp' });

/** Whether the estimates are high enough is for scripts/measure-memory.ts; here they are held to what it measured. */
describe('resize-sharp: memory cost', () => {
  const limits: InputLimits = {
    inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif', 'svg'],
    maxPixels: 50 * MB,
  };
  const resizer = new SharpImageResizer(limits);
  const photo = () => plain(3000, 2000, QUARTERS.red);
  const costOf = (image: Buffer, spec: SpecFields = {}) =>
    resizer.memoryCost(openWholeImage(image, limits), specOf({ ...WEBP_256, ...spec }));

  it('of a baseline JPEG is small, of a progressive one its coefficients', async () => {
    const baseline = costOf(await photo().jpeg().toBuffer());
    const progressive = costOf(await photo().jpeg({ progressive: true }).toBuffer());
    expect(baseline).to.be.within(3 * MB, 15 * MB);
    // 6 MP, 1.5 samples a pixel, 2 bytes a sample.
    // The baseline one has a larger intermediate image.
    expect(progressive - baseline).to.be.within(15 * MB, 22 * MB);
  });

  it('of an interlaced PNG is the whole image more than of another', async () => {
    const plainPng = costOf(await photo().png().toBuffer());
    const interlaced = costOf(await photo().png({ progressive: true }).toBuffer());
    expect(interlaced - plainPng).to.be.within(18 * MB, 22 * MB);
  });

  it('of an AVIF is some 17 to 28 bytes a pixel, besides what any takes', async () => {
    const bytes = costOf(await photo().avif({ effort: 0 }).toBuffer());
    expect(bytes - 13 * MB).to.be.within(17 * 6 * MB, 28 * 6 * MB);
  });

  it('grows with the thumbnail, and with the slower encoders', async () => {
    const jpeg = await photo().jpeg().toBuffer();
    expect(costOf(jpeg, { size: 2048 })).to.be.greaterThan(costOf(jpeg) + 20 * MB);
    expect(costOf(jpeg, { size: 2048, format: 'avif' })).to.be.greaterThan(
      costOf(jpeg, { size: 2048 }) + 50 * MB,
    );
  });

  it('counts a long strip in full where it is cropped', async () => {
    const strip = await plain(12_000, 500, QUARTERS.red).jpeg().toBuffer();
    expect(costOf(strip, { size: 1024, fit: 'cover' })).to.be.greaterThan(30 * MB);
  });

  it('counts all lines of inks without a profile, which are not decoded at a smaller size', async () => {
    const wide = () => plain(12_000, 1000, QUARTERS.red).toColourspace('cmyk');
    // Four channels of 2.2 kB for each column where none is left out, and for one in eight elsewhere.
    const inks = costOf(await wide().jpeg().toBuffer(), { size: 64 });
    const profiled = costOf(await wide().jpeg().withIccProfile('cmyk').toBuffer(), { size: 64 });
    expect(inks - profiled).to.be.within(95 * MB, 115 * MB);
  });

  it('counts what looking for detail takes where there is transparency, and nothing is scaled', async () => {
    const transparent = await plain(120, 80, QUARTERS.red).ensureAlpha(0.5).png().toBuffer();
    const fields = { width: 300, height: 20, fit: 'cover' } as const;
    const detail = (image: Buffer, spec: SpecFields = fields) =>
      costOf(image, { ...spec, position: 'entropy' }) - costOf(image, { ...spec, position: 'center' });
    expect(detail(transparent)).to.be.within(66 * MB, 75 * MB);
    const animation = await sharp([transparent, transparent], { join: { animated: true } })
      .webp()
      .toBuffer();
    expect(detail(animation, { ...fields, animated: true })).to.be.within(66 * MB, 75 * MB);
    // A later frame may have it.
    expect(detail(await plain(120, 80, QUARTERS.red).gif().toBuffer())).to.be.within(66 * MB, 75 * MB);
    expect(detail(await plain(120, 80, QUARTERS.red).png().toBuffer())).to.equal(0);
    expect(detail(transparent, { ...fields, width: 60 })).to.equal(0);
  });

  it('counts what noise takes a WebP that is transparent', async () => {
    const image = await plain(2000, 2000, QUARTERS.red).ensureAlpha(0.5).png().toBuffer();
    // 4 MP, of which a WebP of noise took 156 MB, and 172 MB where JPEG was tried as well.
    expect(costOf(image, { size: 2000 })).to.be.within(156 * MB, 170 * MB);
    expect(costOf(image, { size: 2000, format: 'jpeg-or-webp' })).to.be.within(172 * MB, 185 * MB);
  });

  it('counts what an AVIF of a single column takes, or of a single row', async () => {
    for (const sides of [
      [1, 16_383],
      [16_383, 1],
    ] as const) {
      const line = await plain(sides[0], sides[1], QUARTERS.red).ensureAlpha(0.5).png().toBuffer();
      const fields = { size: 16_383, format: 'avif' } as const;
      // It took 56 MB.
      expect(costOf(line, fields), sides.join('×')).to.be.within(56 * MB, 120 * MB);
      expect(costOf(line, { ...fields, format: 'webp' }), sides.join('×')).to.be.below(25 * MB);
    }
  });

  it('counts the borders of an AVIF of a single column', async () => {
    const column = plain(1, 16_383, QUARTERS.red);
    // It took 31 MB, and 47 MB with 12 bits.
    expect(costOf(await column.clone().avif({ effort: 0 }).toBuffer())).to.be.within(31 * MB, 55 * MB);
    expect(costOf(await column.avif({ effort: 0, bitdepth: 12 }).toBuffer())).to.be.within(47 * MB, 70 * MB);
  });

  it('of any part that is cut out of a drawing fits into a container of 512 MiB', () => {
    for (const shape of [1 / 10, 1, 1.5, 5, 15, 30]) {
      const drawing = Buffer.from(svg('<rect width="9" height="9"/>', `width="${100 * shape}" height="100"`));
      for (const part of [0.5, 0.3, 0.2, 0.1, 0.05, 0.01]) {
        for (const size of [128, 512, 1024]) {
          const crop = { x: 0, y: 0, width: part, height: part };
          const cost = costOf(drawing, { size, fit: 'cover', position: 'attention', crop });
          expect(cost, `${part} of ${shape} to 1 at ${size} px`).to.be.below(BUDGET_OF_512_MIB);
        }
      }
    }
  });

  it('counts the frames that a GIF could have', async () => {
    const gif = await plain(10, 10, QUARTERS.red).gif().toBuffer();
    const long = Buffer.concat([gif, Buffer.alloc(10 * MB)]);
    expect(costOf(long) - costOf(gif)).to.be.within(50 * MB, 60 * MB);
  });
});
