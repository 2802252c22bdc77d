import { expect } from 'chai';
import { formatBytes, formatFileSize, formatPixels } from '../../../src/domain/errors/units.ts';

describe('bytes as a person reads them', () => {
  it('are those of the setting where they are a limit', () => {
    expect([731, 512 * 1024, 20 * 1024 ** 2, 1.5 * 1024 ** 3].map(formatBytes)).to.deep.equal([
      '731 bytes',
      '512 KiB',
      '20 MiB',
      '1.5 GiB',
    ]);
  });

  it('are those that browsers show where they are the size of a file', () => {
    expect([731, 1000, 8_240, 1_400_000].map(formatFileSize)).to.deep.equal([
      '731 bytes',
      '1 kB',
      '8.2 kB',
      '1.4 MB',
    ]);
  });
});

describe('pixels as a person reads them, and how many there may be', () => {
  it('are never the same number', () => {
    expect(formatPixels(2_001_000, 2_000_000)).to.deep.equal(['2.1 megapixels', '2']);
    expect(formatPixels(50_000_001, 50_000_000)).to.deep.equal(['50.1 megapixels', '50']);
    expect(formatPixels(1_100_000, 1_090_000)).to.deep.equal(['1.1 megapixels', '1']);
  });

  it('are counted one by one where few are allowed, so that no limit is said to be 0', () => {
    expect(formatPixels(54_000, 40_000)).to.deep.equal(['54,000 pixels', '40,000']);
    expect(formatPixels(12_000_000, 600_000.7)).to.deep.equal(['12,000,000 pixels', '600,000']);
  });
});
