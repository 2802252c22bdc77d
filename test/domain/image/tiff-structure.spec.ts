import { expect } from 'chai';
import { readImageHeader } from '../../../src/domain/image/image-header.ts';
import { TIFF, hostileTiff } from '../../../scripts/kit/hostile-images/tiff.ts';

const PICTURE = { [TIFF.width]: 20, [TIFF.height]: 10, [TIFF.bitsPerSample]: 8 };

describe('structure of a TIFF', () => {
  it('counts the values of its largest directory, known or not', () => {
    const large = { ...PICTURE, [TIFF.description]: Buffer.alloc(100_000), 65_000: Buffer.alloc(100_000) };
    for (const directories of [[large], [PICTURE, large, PICTURE]]) {
      const header = readImageHeader('tiff', hostileTiff(directories));
      expect(header).to.include({ width: 20, height: 10 });
      expect(header?.metadataBytes).to.be.within(200_000, 300_000);
    }
  });

  it('cannot be read where its values are longer than the file', () => {
    const tiff = hostileTiff([{ ...PICTURE, [TIFF.description]: Buffer.alloc(1000) }]);
    // The last entry's count.
    tiff.writeUInt32LE(1_000_000, 8 + 2 + 3 * 12 + 4);
    expect(readImageHeader('tiff', tiff)).to.equal(undefined);
  });

  it('cannot be read where it has more directories than any document', () => {
    expect(readImageHeader('tiff', hostileTiff(Array(1000).fill(PICTURE)))).to.include({ width: 20 });
    expect(readImageHeader('tiff', hostileTiff(Array(30_000).fill(PICTURE)))).to.equal(undefined);
    expect(
      readImageHeader('tiff', hostileTiff([PICTURE, ...Array<Record<number, number>>(9000).fill({})])),
    ).to.equal(undefined);
  });

  it('comes to an end where its directories go round in a circle', () => {
    const tiff = hostileTiff([PICTURE, PICTURE]);
    tiff.writeUInt32LE(8, tiff.length - 4);
    expect(readImageHeader('tiff', tiff)).to.include({ width: 20, height: 10 });
  });
});
