import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { photograph } from '../../../scripts/kit/images.ts';
import { randomOf, shuffled } from '../../../scripts/kit/random.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { FITS } from '../../../src/domain/image/formats.ts';
import { type InputLimits, openImage, openWholeImage } from '../../../src/domain/image/image-file.ts';
import type { IntermediateImage } from '../../../src/domain/image/intermediate-image.ts';
import type { ThumbnailSpec } from '../../../src/domain/request/thumbnail-spec.ts';
import { shortFileFrom } from '../../support/short-files.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 6_000_000 };
const { signal } = new AbortController();

const SPECS: readonly ThumbnailSpec[] = [
  ...FITS.flatMap((fit) => [16, 64, 128, 256, 300].map((size) => specOf({ size, fit, format: 'webp' }))),
  ...[{ width: 100 }, { height: 100 }, { width: 256 }].map((box) => specOf({ ...box, format: 'webp' })),
  ...FITS.map((fit) => specOf({ width: 160, height: 90, fit, format: 'webp' })),
  ...(['entropy', 'top-left', { x: 0.2, y: 0.7 }] as const).map((position) =>
    specOf({ width: 160, height: 90, fit: 'cover', position, format: 'webp' }),
  ),
  ...FITS.flatMap((fit) =>
    [{ width: 160, height: 90 }, { size: 40 }].map((box) =>
      specOf({ ...box, fit, crop: { x: 0.2, y: 0.1, width: 0.7, height: 0.5 }, format: 'webp' }),
    ),
  ),
];

interface Source {
  readonly encode: (photo: Sharp) => Sharp;
  /** Whether some thumbnail needs a part of it alone. */
  readonly hasParts?: boolean;
}

const SOURCES: Readonly<Record<string, Source>> = {
  'baseline JPEG': { encode: (it) => it.jpeg() },
  // Large enough for intermediate images.
  'large baseline JPEG': { encode: (it) => it.resize({ width: 2700 }).jpeg() },
  'progressive JPEG': { encode: (it) => it.jpeg({ progressive: true }), hasParts: true },
  'progressive JPEG of full chroma': {
    encode: (it) => it.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
    hasParts: true,
  },
  'turned progressive JPEG': {
    encode: (it) => it.withMetadata({ orientation: 6 }).jpeg({ progressive: true }),
    hasParts: true,
  },
  'grey progressive JPEG': { encode: (it) => it.greyscale().jpeg({ progressive: true }), hasParts: true },
  'progressive JPEG in four inks': {
    encode: (it) => it.toColourspace('cmyk').jpeg({ progressive: true }),
    hasParts: true,
  },
  PNG: { encode: (it) => it.png({ compressionLevel: 1 }) },
  '16-bit PNG': { encode: (it) => it.toColourspace('rgb16').png({ compressionLevel: 1 }) },
  WebP: { encode: (it) => it.webp({ effort: 0 }) },
  GIF: { encode: (it) => it.gif({ effort: 1 }) },
  AVIF: { encode: (it) => it.avif({ effort: 0 }) },
};

describe('resize-sharp: a thumbnail', () => {
  const resizer = new SharpImageResizer(LIMITS);

  /** Makes all thumbnails in every way and in two orders, and counts those made of a part. */
  async function partsOf(bytes: Buffer): Promise<number> {
    const file = openWholeImage(bytes, LIMITS);
    const expected = new Map<ThumbnailSpec, unknown>();
    for (const spec of SPECS) expected.set(spec, await resizer.resize(file, spec, { signal }));
    const intermediates = new Map<string, IntermediateImage>();
    let parts = 0;
    for (const spec of shuffled(SPECS, randomOf(bytes.length))) {
      const title = `${spec.width}x${spec.height} ${spec.fit}`;
      const thumbnail = expected.get(spec);
      const plan = resizer.planOf(file, spec);
      const short = shortFileFrom(bytes, spec);
      const source =
        short === undefined
          ? file
          : openImage({ bytes: short, isPart: true, wholeBytes: bytes.length }, LIMITS);
      if (short !== undefined) parts += 1;
      expect(resizer.planOf(source, spec), title).to.equal(plan);
      expect(await resizer.resize(source, spec, { signal }), title).to.deep.equal(thumbnail);
      if (plan === undefined) continue;
      const shared = intermediates.get(plan) ?? (await resizer.decode(source, spec, { signal })).image;
      intermediates.set(plan, shared);
      expect(await resizer.resize(shared, spec, { signal }), `${title} of ${plan}`).to.deep.equal(thumbnail);
    }
    return parts;
  }

  for (const [name, { encode, hasParts = false }] of Object.entries(SOURCES)) {
    it(`has the same bytes whatever came before and however the ${name} comes`, async () => {
      const bytes = await encode(photograph({ width: 1440, height: 1080 })).toBuffer();
      expect(bytes.length).to.be.above(32 * 1024);
      expect((await partsOf(bytes)) > 0).to.equal(hasParts);
    });
  }

  for (const format of ['gif', 'webp'] as const) {
    for (const alpha of ['none', 'fade'] as const) {
      it(`has the same bytes of an animated ${format}, ${alpha === 'none' ? 'opaque' : 'transparent'}`, async () => {
        const frame = await photograph({ width: 1100, height: 920, alpha })
          .png({ compressionLevel: 1 })
          .toBuffer();
        const other = await sharp(frame)
          .modulate({ brightness: 0.8 })
          .png({ compressionLevel: 1 })
          .toBuffer();
        const joined = sharp([frame, other], { join: { animated: true } });
        const encoded = format === 'gif' ? joined.gif({ effort: 1 }) : joined.webp({ effort: 0 });
        expect(await partsOf(await encoded.toBuffer())).to.equal(SPECS.length);
      });
    }
  }
});
