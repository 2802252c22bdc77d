import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { photograph } from '../../../scripts/kit/images.ts';
import { pixelsOfPng } from '../../../src/domain/info/png-pixels.ts';

describe('pixelsOfPng', () => {
  const picture = (alpha: 'none' | 'fade' = 'none') => photograph({ width: 53, height: 31, alpha });
  const kinds: Readonly<Record<string, () => Sharp>> = {
    colours: () => picture().png(),
    'colours and alpha': () => picture('fade').png(),
    'every filter': () => picture().png({ adaptiveFiltering: true, compressionLevel: 3 }),
    grey: () => picture().greyscale().toColourspace('b-w').png(),
    'grey and alpha': () => picture('fade').greyscale().toColourspace('b-w').png(),
    'a palette': () => picture('fade').png({ palette: true, colours: 200 }),
    'a palette of four bits': () => picture().png({ palette: true, colours: 16 }),
    'a palette of two colours': () => picture().png({ palette: true, colours: 2 }),
  };

  for (const [name, paint] of Object.entries(kinds)) {
    it(`reads ${name} as any decoder does`, async () => {
      const png = await paint().toBuffer();
      const expected = await sharp(png).toColourspace('srgb').ensureAlpha().raw().toBuffer();
      const { width, height, rgba } = pixelsOfPng(png);
      expect([width, height]).to.deep.equal([53, 31]);
      expect(Buffer.compare(Buffer.from(rgba), expected)).to.equal(0);
    });
  }

  it('reads sixteen bits by their first eight', async () => {
    const png = await picture().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).to.equal('ushort');
    const expected = await picture().ensureAlpha().raw().toBuffer();
    const { rgba } = pixelsOfPng(png);
    expect(Math.max(...rgba.map((level, at) => Math.abs(level - (expected[at] ?? 0))))).to.be.at.most(1);
  });

  it('refuses what is no such PNG', async () => {
    const interlaced = await picture().png({ progressive: true }).toBuffer();
    for (const bytes of [Buffer.from('GIF89a'), interlaced]) {
      expect(() => pixelsOfPng(bytes)).to.throw('the resizer made');
    }
  });
});
