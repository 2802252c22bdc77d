import { expect } from 'chai';
import sharp from 'sharp';
import { reducedInLight, rgbOf } from '../../scripts/compare-encoders/linear-light.ts';

describe('The reference of compare-encoders', () => {
  it('averages light: black and white in equal parts become 188, and not 128', async () => {
    const columns = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (Math.floor(at / 3) % 2) * 255);
    const striped = await rgbOf(sharp(columns, { raw: { width: 64, height: 64, channels: 3 } }));
    const { data, info } = await reducedInLight(striped, { width: 8, height: 8 });
    const centre = (4 * info.width + 4) * info.channels;
    expect(data.subarray(centre, centre + 3)).to.deep.equal(Buffer.from([188, 188, 188]));
  });

  it('leaves what is of one colour as it is', async () => {
    const plain = sharp({ create: { width: 64, height: 32, channels: 3, background: '#0a80f3' } });
    const { data, info } = await reducedInLight(await rgbOf(plain), { width: 16, height: 8 });
    expect([info.width, info.height]).to.deep.equal([16, 8]);
    expect(data.subarray(0, 3)).to.deep.equal(Buffer.from([0x0a, 0x80, 0xf3]));
  });
});
