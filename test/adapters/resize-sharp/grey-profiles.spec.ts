import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import sharp from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { chunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { pixelsOf } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const LIMITS = { inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'], maxPixels: 1e6 } as const;
const D50 = [0xf6d6, 0x10000, 0xd32d];

/** A profile of shades of grey whose samples are a power of the light (ICC.1, 8.3.3). */
function greyProfile(gamma: number): Buffer {
  const white = Buffer.alloc(20);
  white.write('XYZ ', 'latin1');
  D50.forEach((value, at) => white.writeUInt32BE(value, 8 + at * 4));
  const curve = Buffer.alloc(16);
  curve.write('curv', 'latin1');
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const tags = [
    ['wtpt', white],
    ['kTRC', curve],
  ] as const;
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length, 0);
  let at = 128 + table.length;
  tags.forEach(([name, body], index) => {
    table.write(name, 4 + index * 12, 'latin1');
    table.writeUInt32BE(at, 8 + index * 12);
    table.writeUInt32BE(body.length, 12 + index * 12);
    at += body.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write('mntrGRAYXYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  D50.forEach((value, index) => header.writeUInt32BE(value, 68 + index * 4));
  return Buffer.concat([header, table, white, curve]);
}

describe('resize-sharp: grey profiles', () => {
  it('say what the shades of a grey PNG mean', async () => {
    const grey = await sharp(Buffer.alloc(64 * 64, 128), { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const shadeFor = async (gamma: number) => {
      const profile = chunk(
        'iCCP',
        Buffer.concat([Buffer.from('grey\0\0'), deflateSync(greyProfile(gamma))]),
      );
      const file = openWholeImage(withChunks(grey, [profile]), LIMITS);
      const spec = specOf({ size: 32, format: 'png' });
      const { bytes } = await new SharpImageResizer(LIMITS).resize(file, spec, new AbortController());
      return (await pixelsOf(bytes)).data[0];
    };
    // Half of the light is a shade of 188 in sRGB, and 128 at a power of 2.2 is about itself.
    expect(await shadeFor(1)).to.be.within(185, 191);
    expect(await shadeFor(2.2)).to.be.within(126, 130);
  });
});
