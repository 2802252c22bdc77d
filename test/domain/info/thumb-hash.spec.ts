import { expect } from 'chai';
import fc from 'fast-check';
import { rgbaToThumbHash } from 'thumbhash';
import { thumbHashOf } from '../../../src/domain/info/thumb-hash.ts';

const side = fc.integer({ min: 1, max: 100 });

describe('thumbHashOf', () => {
  const isAsReference = (width: number, height: number, rgba: Uint8Array) => {
    const own = [...thumbHashOf({ width, height, rgba })];
    expect(own).to.deep.equal([...rgbaToThumbHash(width, height, rgba)]);
  };

  it('gives the bytes of the reference implementation, of noise', () => {
    const pictures = fc
      .tuple(side, side)
      .chain(([width, height]) =>
        fc.tuple(
          fc.constant(width),
          fc.constant(height),
          fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 }),
        ),
      );
    fc.assert(
      fc.property(pictures, ([width, height, rgba]) => isAsReference(width, height, rgba)),
      { numRuns: 25 },
    );
  });

  it('gives the bytes of the reference implementation, of shades that are opaque, fade or are nothing at all', () => {
    const shade = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(side, side, fc.array(shade, { minLength: 8, maxLength: 8 }), (width, height, ends) => {
        const rgba = Uint8Array.from({ length: width * height * 4 }, (_, at) => {
          const along = Math.floor(at / 4) / (width * height);
          return Math.round((ends[at % 4] ?? 0) * (1 - along) + (ends[4 + (at % 4)] ?? 0) * along);
        });
        isAsReference(width, height, rgba);
        const opaque = rgba.map((level, at) => (at % 4 === 3 ? 255 : level));
        isAsReference(width, height, opaque);
      }),
      { numRuns: 50 },
    );
    isAsReference(3, 2, new Uint8Array(24));
    isAsReference(1, 1, Uint8Array.of(1, 2, 3, 255));
  });
});
