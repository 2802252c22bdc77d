import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LibheifDecoder } from '../../../src/adapters/decode-libheif/index.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type ImageFile, openWholeImage } from '../../../src/domain/image/image-file.ts';
import { recogniseFormat } from '../../../src/domain/image/image-header.ts';
import { box, stillFile } from '../../../src/domain/image/image-header/avif/still-file.ts';
import type { DecodedPixels, PixelDecoder } from '../../../src/domain/image/pixel-decoder.ts';
import { codedPictureOf, heicSequence, nclx } from '../../../scripts/kit/avif-files.ts';
import { pixelsOf } from '../../../scripts/kit/images.ts';
import { mutate } from '../../../scripts/kit/mutations.ts';
import { randomOf } from '../../../scripts/kit/random.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { ThumbnailerError } from '../../../src/domain/errors/index.ts';
import { rejection } from '../../support/rejection.ts';

/** Quarters of 96 by 64 pixels, encoded by x265: red, green, blue and yellow. */
const FIXTURES = join(import.meta.dirname, '../../../scripts/kit/heic');
const QUARTERS = [
  [200, 30, 40],
  [30, 160, 60],
  [40, 60, 200],
  [230, 200, 40],
] as const;

const LIMITS = { inputFormats: ['heic'], maxPixels: 1e6 } as const;
const { signal } = new AbortController();

/** Remembers what was decoded. */
class WatchedDecoder implements PixelDecoder {
  readonly #decoder = new LibheifDecoder();
  last: Pick<DecodedPixels, 'width' | 'height'> | undefined;

  async decode(...parameters: Parameters<PixelDecoder['decode']>): Promise<DecodedPixels> {
    const decoded = await this.#decoder.decode(...parameters);
    this.last = { width: decoded.width, height: decoded.height };
    return decoded;
  }
}

describe('decode-libheif: HEIC', () => {
  let decoder: WatchedDecoder;
  let resizer: SharpImageResizer;

  before(() => {
    decoder = new WatchedDecoder();
    resizer = new SharpImageResizer(
      { ...LIMITS, inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'] },
      { heic: decoder },
    );
  });

  const fixture = (name: string) => readFile(join(FIXTURES, `${name}.heic`));
  const opened = (bytes: Buffer): ImageFile => openWholeImage(bytes, LIMITS);

  /** The colours in the middle of the quarters of a thumbnail. */
  async function quartersOf(bytes: Buffer, size = 128) {
    const spec = specOf({ size, format: 'png' });
    const thumbnail = await resizer.resize(opened(bytes), spec, { signal });
    const { data, width, height, channels } = await pixelsOf(thumbnail.bytes);
    const colours = [0.25, 0.75].flatMap((y) =>
      [0.25, 0.75].map((x) => {
        const at = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
        return [...data.subarray(at, at + channels)];
      }),
    );
    return { colours, sides: [width, height], original: thumbnail.original };
  }

  function expectColours(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]) {
    found.forEach((colour, quarter) =>
      colour
        .slice(0, 3)
        .forEach((sample, channel) => expect(sample).to.be.closeTo(expected[quarter]![channel]!, 6)),
    );
  }

  for (const name of ['plain', 'ten-bits', 'grid', 'thumbnail', 'alpha']) {
    it(`decodes one that is ${name}`, async () => {
      const { colours, sides, original } = await quartersOf(await fixture(name));
      expect(sides).to.deep.equal([128, 85]);
      expect(original).to.include({ format: 'heic', width: 192, height: 128 });
      if (name === 'alpha') expect(colours.map((colour) => colour[3])).to.deep.equal([255, 0, 255, 0]);
      const shown = name === 'alpha' ? [0, 2] : [0, 1, 2, 3];
      expectColours(
        shown.map((at) => colours[at]!),
        shown.map((at) => QUARTERS[at]!),
      );
    });
  }

  it('takes the thumbnail in it where that has all pixels that are needed', async () => {
    const file = await fixture('thumbnail');
    expect(opened(file).header.thumbnails).to.have.length(1);
    const small = await quartersOf(file, 64);
    expect(decoder.last).to.deep.equal({ width: 96, height: 64 });
    expectColours(small.colours, QUARTERS);
    expect([small.sides, small.original.width]).to.deep.equal([[64, 43], 192]);
    await quartersOf(file, 128);
    expect(decoder.last).to.deep.equal({ width: 192, height: 128 });
    const of = (size: number) => resizer.memoryCost(opened(file), specOf({ size, format: 'png' }));
    expect(of(64)).to.be.below(of(128));
  });

  it('turns and mirrors as its properties say', async () => {
    const picture = codedPictureOf(await fixture('plain'), 'hvc1');
    const turned = stillFile({ ...picture, turns: [box('irot', Buffer.of(1))] });
    const { colours, sides, original } = await quartersOf(turned);
    expect([sides, original.width, original.height]).to.deep.equal([[85, 128], 128, 192]);
    const [red, green, blue, yellow] = QUARTERS;
    expectColours(colours, [green, yellow, red, blue]);
    const mirrored = stillFile({ ...picture, turns: [box('imir', Buffer.of(1))] });
    expectColours((await quartersOf(mirrored)).colours, [green, red, yellow, blue]);
  });

  it('shows Display P3 as it is, said by a profile or by numbers', async () => {
    const profiled = await quartersOf(await fixture('display-p3'));
    const picture = codedPictureOf(await fixture('plain'), 'hvc1');
    const numbered = await quartersOf(stillFile({ ...picture, colours: nclx(12, 13) }));
    // The red of a P3 of 200, 30, 40 is brighter than that of sRGB.
    for (const { colours } of [profiled, numbered]) expect(colours[0]![0]).to.be.within(212, 224);
  });

  it('takes the first picture of a sequence', async () => {
    const sequence = heicSequence(codedPictureOf(await fixture('plain'), 'hvc1'));
    expect(recogniseFormat(sequence)).to.equal('heic');
    expectColours((await quartersOf(sequence)).colours, QUARTERS);
  });

  it('refuses what is cut or changed, and goes on', async () => {
    const samples = await Promise.all(['plain', 'grid', 'thumbnail', 'alpha'].map(fixture));
    for (let seed = 0; seed < 120; seed += 1) {
      const damaged = mutate(samples[seed % samples.length]!, samples, randomOf(seed));
      try {
        await quartersOf(damaged);
      } catch (error) {
        expect(error, `seed ${seed}`).to.be.instanceOf(ThumbnailerError);
      }
    }
    expectColours((await quartersOf(samples[0]!)).colours, QUARTERS);
  });

  it('is held to the sides that were said', async () => {
    const picture = codedPictureOf(await fixture('plain'), 'hvc1');
    const lying = stillFile({ ...picture, width: 64, height: 64 });
    const error = await rejection(quartersOf(lying));
    expect(error)
      .to.have.property('code')
      .that.matches(/^(image-too-large|corrupt-image)$/);
    const giant = stillFile({ ...picture, width: 16_000, height: 16_000 });
    expect(() => opened(giant)).to.throw('256 megapixels');
  });

  it('is no AVIF, which may have the same brands, and none of another coding', async () => {
    const avif = Buffer.from('\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf', 'latin1');
    expect(recogniseFormat(avif)).to.equal('avif');
    expect(recogniseFormat(avif.subarray(0, 20))).to.equal(undefined);
    const plain = await fixture('plain');
    const other = Buffer.from(plain.toString('latin1').replaceAll('hvcC', 'jpgC'), 'latin1');
    expect(() => opened(other))
      .to.throw(ThumbnailerError)
      .with.property('code', 'corrupt-image');
  });
});
