import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import sharp from 'sharp';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { stillFile } from '../../../src/domain/image/image-header/avif/still-file.ts';
import { openWholeImage } from '../../../src/domain/image/image-file.ts';
import { codedTransparencyOf } from '../../../scripts/kit/avif-files.ts';
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

type Space = 'b-w' | 'grey16';

/** Grey in the middle, with a profile, and alpha or not. */
async function greyPng(space: Space, channels: 1 | 2, gamma: number): Promise<Buffer> {
  const samples =
    space === 'grey16' ? new Uint16Array(64 * 64 * channels) : new Uint8Array(64 * 64 * channels);
  const [middle, most] = space === 'grey16' ? [128 * 257, 65_535] : [128, 255];
  samples.forEach((_, at) => (samples[at] = at % channels === 0 ? middle : most));
  const png = await sharp(samples, { raw: { width: 64, height: 64, channels } })
    .toColourspace(space)
    .png()
    .toBuffer();
  const profile = Buffer.concat([Buffer.from('grey\0\0'), deflateSync(greyProfile(gamma))]);
  return withChunks(png, [chunk('iCCP', profile)]);
}

async function shadeOf(image: Buffer): Promise<number | undefined> {
  const file = openWholeImage(image, LIMITS);
  const spec = specOf({ size: 32, format: 'png' });
  const { bytes } = await new SharpImageResizer(LIMITS).resize(file, spec, new AbortController());
  return (await pixelsOf(bytes)).data[0];
}

describe('resize-sharp: grey profiles', () => {
  for (const space of ['b-w', 'grey16'] as const) {
    for (const channels of [1, 2] as const) {
      const what = `${space === 'b-w' ? 8 : 16} bits${channels === 2 ? ' with transparency' : ''}`;

      it(`say what the shades of a grey PNG of ${what} mean`, async () => {
        // Half of the light is a shade of 188 in sRGB, and 128 at a power of 2.2 is about itself.
        expect(await shadeOf(await greyPng(space, channels, 1))).to.be.within(185, 191);
        expect(await shadeOf(await greyPng(space, channels, 2.2))).to.be.within(126, 130);
      });
    }
  }

  it('say what the shades of a grey AVIF mean', async () => {
    const half = {
      width: 64,
      height: 64,
      channels: 4,
      background: { r: 0, g: 0, b: 0, alpha: 0.5 },
    } as const;
    const coded = codedTransparencyOf(await sharp({ create: half }).avif({ effort: 0 }).toBuffer());
    const shadeFor = (gamma: number) =>
      shadeOf(stillFile({ ...coded, colours: Buffer.concat([Buffer.from('prof'), greyProfile(gamma)]) }));
    expect(await shadeFor(1)).to.be.within(185, 191);
    expect(await shadeFor(2.2)).to.be.within(126, 130);
  });
});
