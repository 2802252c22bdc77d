import { expect } from 'chai';
import { formatBytes, formatFileSize } from '../../../src/domain/errors/units.ts';

describe('bytes as a person reads them', () => {
  it('are those of the setting where they are a limit', () => {
    expect([731, 512 * 1024, 20 * 1024 ** 2].map(formatBytes)).to.deep.equal([
      '731 bytes',
      '512 KiB',
      '20 MiB',
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
