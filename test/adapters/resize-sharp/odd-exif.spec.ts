import { expect } from 'chai';
import { chunk, withChunks } from '../../../scripts/kit/hostile-images/png.ts';
import { QUARTERS, pixelsOf, quarters } from '../../../scripts/kit/images.ts';
import { specOf } from '../../../scripts/kit/spec.ts';
import { SharpImageResizer } from '../../../src/adapters/resize-sharp/index.ts';
import { type InputLimits, openWholeImage } from '../../../src/domain/image/image-file.ts';

const LIMITS: InputLimits = { inputFormats: ['jpeg', 'png'], maxPixels: 50_000_000 };
const resizer = new SharpImageResizer(LIMITS);
const [SHORT, LONG, BYTE, SSHORT] = [3, 4, 1, 8] as const;

/** A block that says, in this way, that an image is turned by a quarter. */
function exif({ type = SHORT as number, count = 1, magic = 42, length = 26 }): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('II');
  tiff.writeUInt16LE(magic, 2);
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x0112, 10);
  tiff.writeUInt16LE(type, 12);
  tiff.writeUInt32LE(count, 14);
  tiff.writeUInt32LE(6, 18);
  return tiff.subarray(0, length);
}

const ODD: Readonly<Record<string, Buffer>> = {
  LONG: exif({ type: LONG }),
  BYTE: exif({ type: BYTE }),
  SSHORT: exif({ type: SSHORT }),
  'no values': exif({ count: 0 }),
  'two values': exif({ count: 2 }),
  'another magic': exif({ magic: 43 }),
  'a cut block': exif({ length: 19 }),
};

function jpegWith(jpeg: Buffer, tiff: Buffer): Buffer {
  const head = Buffer.from([0xff, 0xe1, 0, tiff.length + 8, ...Buffer.from('Exif\0\0')]);
  return Buffer.concat([jpeg.subarray(0, 2), head, tiff, jpeg.subarray(2)]);
}

async function cornersOf(image: Buffer): Promise<readonly number[][]> {
  const spec = specOf({ size: 30, format: 'png' });
  const { bytes, original } = await resizer.resize(
    openWholeImage(image, LIMITS),
    spec,
    new AbortController(),
  );
  const { data, width, height, channels } = await pixelsOf(bytes);
  expect(width / height).to.be.closeTo(original.width / original.height, 0.05);
  const at = (x: number, y: number) => Array.from(data.subarray((y * width + x) * channels).subarray(0, 3));
  return [at(2, 2), at(width - 3, 2)];
}

describe('resize-sharp: EXIF that says in an odd way that an image is turned', () => {
  const upright = [QUARTERS.red, QUARTERS.green] as const;

  function expectColours(corners: readonly number[][], expected: readonly (readonly number[])[]): void {
    expected.forEach((colour, corner) =>
      colour.forEach((value, channel) => expect(corners[corner]?.[channel]).to.be.closeTo(value, 12)),
    );
  }

  for (const [name, tiff] of Object.entries(ODD)) {
    it(`turns and stretches nothing, as in browsers: ${name}`, async () => {
      const jpeg = await quarters(1200, 800).jpeg({ quality: 95 }).toBuffer();
      const png = await quarters(120, 80).png().toBuffer();
      expectColours(await cornersOf(jpegWith(jpeg, tiff)), upright);
      expectColours(await cornersOf(withChunks(png, [chunk('eXIf', tiff)])), upright);
    });
  }

  it('turns by a sound block', async () => {
    const jpeg = await quarters(1200, 800).jpeg({ quality: 95 }).toBuffer();
    expectColours(await cornersOf(jpegWith(jpeg, exif({}))), [QUARTERS.yellow, QUARTERS.red]);
  });
});
