import { expect } from 'chai';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { shortFileFrom } from '../../support/short-files.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 6_000_000 };
const { signal } = new AbortController();

/** Long and thin ones, those below the steps of a decoder that shrinks, and those that fall between two pixels. */
const SHAPES = [
  [2700, 1800],
  [1500, 1000],
  [1023, 769],
  [1417, 1001],
  [601, 401],
  [16_000, 9],
  [16_000, 7],
  [4001, 3],
  [9, 8],
  [8, 2000],
  [2, 3],
] as const;

const ENCODINGS = ['jpeg', 'progressive', 'turned', 'png', 'webp', 'gif', 'avif'] as const;

function encoded(kind: (typeof ENCODINGS)[number], width: number, height: number): Promise<Buffer> {
  const image = plain(width, height, QUARTERS.red);
  switch (kind) {
    case 'progressive':
      return image.jpeg({ progressive: true }).toBuffer();
    case 'turned':
      return image.withMetadata({ orientation: 8 }).jpeg({ progressive: true }).toBuffer();
    case 'avif':
      return image.avif({ effort: 0 }).toBuffer();
    default:
      return image.toFormat(kind).toBuffer();
  }
}

describe('resize-sharp: sides', () => {
  const resizer = new SharpImageResizer(LIMITS);

  for (const kind of ENCODINGS) {
    it(`of ${kind} are those of the original, scaled and rounded once, in every way`, async () => {
      const ways = new Set<string>();
      for (const [across, down] of SHAPES) {
        const bytes = await encoded(kind, across, down);
        const [width, height] = kind === 'turned' ? [down, across] : [across, down];
        for (const size of [1, 16, 63, 100, 128, 301]) {
          const spec = specOf({ size, fit: 'inside', format: 'png' });
          const scale = Math.min(1, size / Math.max(width, height));
          const expected = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
          for (const each of [bytes, shortFileFrom(bytes, spec)]) {
            if (each === undefined) continue;
            const file = openWholeImage(each, LIMITS);
            ways.add(resizer.planOf(file, spec) === undefined ? 'direct' : 'intermediate');
            if (each !== bytes) ways.add('part');
            const inside = await resizer.resize(file, spec, { signal });
            const title = `${across}x${down} inside ${size}`;
            expect([inside.width, inside.height], title).to.deep.equal(expected);
            expect(inside.original, title).to.include({ width, height });
          }
          const cover = await resizer.resize(
            openWholeImage(bytes, LIMITS),
            { ...spec, fit: 'cover' },
            { signal },
          );
          const side = Math.min(size, width, height);
          expect([cover.width, cover.height], `${across}x${down} cover ${size}`).to.deep.equal([side, side]);
        }
      }
      const hasParts = kind === 'progressive' || kind === 'turned';
      expect([...ways].toSorted()).to.deep.equal(['direct', 'intermediate', ...(hasParts ? ['part'] : [])]);
    });
  }
});
