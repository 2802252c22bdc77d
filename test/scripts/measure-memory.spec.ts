import { expect } from 'chai';
import { generatedCases } from '../../scripts/measure-memory/generated-cases.ts';
import { HOSTILE_CASES } from '../../scripts/measure-memory/hostile-cases.ts';
import { SharpImageResizer } from '../../src/adapters/resize-sharp/index.ts';
import { ThumbnailerError } from '../../src/domain/errors/index.ts';
import { INPUT_FORMATS } from '../../src/domain/image/formats.ts';
import { openWholeImage } from '../../src/domain/image/image-file.ts';
import { specOf } from '../../scripts/kit/spec.ts';

const LIMITS = { inputFormats: INPUT_FORMATS, maxPixels: 50e6 };

/** The measuring itself takes minutes, and is a script of its own. */
describe('files that are made to be measured', () => {
  const resizer = new SharpImageResizer(LIMITS);

  const judge = (image: Buffer) => {
    try {
      const file = openWholeImage(image, LIMITS);
      return {
        format: file.format,
        bytes: resizer.memoryCost(file, specOf({ size: 64, format: 'webp' })),
      };
    } catch (error) {
      if (error instanceof ThumbnailerError) return { code: error.code };
      throw error;
    }
  };

  it('are the same for the same seed, of every format, and either refused or estimated', async () => {
    const formats = new Set<string>();
    for (const { name, make } of generatedCases(7, 40)) {
      const judged = judge(await make(1));
      formats.add(name.split(' ')[0]!);
      if (judged.bytes !== undefined) expect(judged.bytes, name).to.be.within(1e6, 4e9);
      else expect(judged.code, name).to.match(/^(corrupt-image|image-too-(large|expensive))$/);
    }
    expect([...formats].sort()).to.deep.equal(['avif', 'gif', 'jpeg', 'png', 'tiff', 'webp']);
    const [[first], [again]] = [generatedCases(40, 1), generatedCases(40, 1)];
    expect((await first!.make(1)).equals(await again!.make(1))).to.equal(true);
  });

  it('are of each kind that was once below its estimate, and are all opened', async () => {
    for (const { name, make } of HOSTILE_CASES) {
      expect(judge(await make(1)).format, name).to.equal(name.split(' ')[0]);
      expect(judge(await make(0.02)).format, name).to.equal(name.split(' ')[0]);
    }
  });
});
