import { expect } from 'chai';
import { mayEndHere } from '../../../src/domain/image/end-mark.ts';
import { photograph } from '../../../scripts/kit/images.ts';

const picture = () => photograph({ width: 120, height: 90 });
const small = picture().jpeg().toBuffer();

const FILES: Record<string, () => Promise<Buffer>> = {
  JPEG: () => small,
  'progressive JPEG': () => picture().jpeg({ progressive: true }).toBuffer(),
  PNG: () => picture().png().toBuffer(),
  GIF: () => picture().gif().toBuffer(),
  WebP: () => picture().webp().toBuffer(),
  AVIF: () => picture().avif({ effort: 0 }).toBuffer(),
  SVG: () =>
    Promise.resolve(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g/></svg>\n')),
};

describe('what may be a whole image', () => {
  for (const [name, make] of Object.entries(FILES)) {
    it(`is a ${name} at its end, and nowhere before that`, async () => {
      const file = await make();
      expect(mayEndHere(file)).to.equal(true);
      for (let length = 0; length < file.length - 4; length += 7) {
        expect(mayEndHere(file.subarray(0, length)), `${length} bytes`).to.equal(false);
      }
    });
  }

  it('is no JPEG that has come as far as the end of the thumbnail in its EXIF', async () => {
    const thumbnail = await small;
    const segment = Buffer.alloc(4);
    segment.writeUInt16BE(0xffe1, 0);
    segment.writeUInt16BE(thumbnail.length + 2, 2);
    const file = Buffer.concat([Buffer.of(0xff, 0xd8), segment, thumbnail]);
    expect(mayEndHere(file)).to.equal(false);
  });

  it('is nothing that has no format', () => {
    for (const text of ['', 'GIF89a', '<!doctype html></svg>', '\xff\xd8\xff\xd9']) {
      expect(mayEndHere(Buffer.from(text, 'latin1')), text).to.equal(false);
    }
  });
});
