import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import sharp from 'sharp';
import { aSmallTaskUnderAttack, ask, expectRefusal, expectUnharmed, peakMemory } from '../support/attack.ts';
import { plain } from '../../scripts/kit/images.ts';
import { chunk, pngHeader, withChunks } from '../../scripts/kit/hostile-images/png.ts';

const MIB = 1024 * 1024;
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>';

describe('attacks on the decoders', () => {
  const attacked = aSmallTaskUnderAttack();
  const thumbnailOf = asker(attacked);

  /** Refused without having been decoded: the memory at its most is about what it was. */
  async function expectTooLarge(body: Uint8Array, grownAtMost: number): Promise<void> {
    await expectUnharmed(attacked.service);
    const before = await peakMemory(attacked.service);
    expectRefusal(await thumbnailOf(body), 422, 'image-too-large');
    expect((await peakMemory(attacked.service)) - before).to.be.below(grownAtMost);
  }

  it('13: an AVIF of 25 megapixels in 910 bytes', async () => {
    const avif = await plain(5000, 5000, [200, 200, 200]).avif({ effort: 0 }).toBuffer();
    expect(avif.length).to.be.below(5000);
    await expectTooLarge(avif, 60 * MIB);
  });

  it('14: a PNG of 100000 × 100000 pixels, and other headers that promise the most', async () => {
    await expectTooLarge(pngHeader({ width: 100_000, height: 100_000 }), 60 * MIB);
    await expectTooLarge(pngHeader({ width: 0x7fffffff, height: 0x7fffffff }), 60 * MIB);
    const gif = await plain(30, 20, [9, 9, 9]).gif().toBuffer();
    gif.writeUInt16LE(0xffff, 6);
    gif.writeUInt16LE(0xffff, 8);
    await expectTooLarge(gif, 60 * MIB);
    const jpeg = await plain(30, 20, [9, 9, 9]).jpeg().toBuffer();
    jpeg.writeUInt32BE(0xffff_ffff, jpeg.indexOf(Buffer.of(0xff, 0xc0)) + 5);
    await expectTooLarge(jpeg, 60 * MIB);
  });

  it('15: a GIF of a thousand frames gives its first', async () => {
    const [width, height, frames] = [100, 50, 1000];
    const pixels = Buffer.alloc(width * height * frames * 3, 'colourful');
    const raw = { width, height: height * frames, channels: 3, pageHeight: height } as const;
    const gif = await sharp(pixels, { raw }).gif({ effort: 1, colours: 4, dither: 0 }).toBuffer();
    const answer = await thumbnailOf(gif);
    expect(answer.status).to.equal(200);
    const { width: w, height: h, pages } = await sharp(answer.body).metadata();
    expect({ w, h, pages }).to.deep.equal({ w: 64, h: 32, pages: undefined });
  });

  it('16: an interlaced PNG of 25 megapixels, 16 bits and transparency', () =>
    expectTooLarge(
      pngHeader({ width: 5000, height: 5000, bitDepth: 16, colourType: 6, interlaced: true }),
      60 * MIB,
    ));

  it('19: formats that are not switched on, and what is no image, whatever they call themselves', async () => {
    const bodies: Readonly<Record<string, Uint8Array | string>> = {
      TIFF: await sharp(Buffer.alloc(300), { raw: { width: 10, height: 10, channels: 3 } })
        .tiff()
        .toBuffer(),
      BigTIFF: Buffer.from('49492b00080000001000000000000000', 'hex'),
      PDF: '%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>',
      'JPEG XL': Buffer.from('ff0a000012', 'hex'),
      'JPEG XL in boxes': Buffer.from('0000000c4a584c200d0a870a', 'hex'),
      'JPEG 2000': Buffer.from('0000000c6a5020200d0a870a0000001466747970', 'hex'),
      PPM: 'P6 1 1 255\n...',
      PFM: 'PF 1 1 -1\n............',
      BMP: Buffer.concat([Buffer.from('BM'), Buffer.alloc(100)]),
      ICO: Buffer.from('000001000100101000000100200068040000', 'hex'),
      PSD: '8BPS\0\x01',
      FITS: 'SIMPLE  =                    T',
      Radiance: '#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n',
      OpenEXR: Buffer.from('762f310102000000', 'hex'),
      'a libvips image': Buffer.concat([Buffer.from('08f2a6b6', 'hex'), Buffer.alloc(64)]),
      MATLAB: 'MATLAB 5.0 MAT-file',
      CSV: '1,2,3\n4,5,6\n',
      HTML: '<!doctype html><title>No image</title><img src=x onerror=alert(1)>',
      ZIP: 'PK\x03\x04',
      nothing: '',
      'one byte': '\xff',
    };
    for (const [what, body] of Object.entries(bodies)) {
      expectRefusal(await thumbnailOf(body, 'image/jpeg'), 422, 'unsupported-image', what);
    }
  });

  it('20: a PNG whose text would unfold to gigabytes', async () => {
    const png = await plain(200, 100, [9, 9, 9]).png().toBuffer();
    const text = Buffer.concat([Buffer.from('key\0\0'), deflateSync(Buffer.alloc(7_000_000, 65))]);
    const bomb = withChunks(png, Array<Buffer>(100).fill(chunk('zTXt', text)));
    expect((await thumbnailOf(bomb)).status).to.equal(200);
  });

  it('20: a file that is two formats at once becomes a clean thumbnail of the one', async () => {
    const gif = await plain(100, 50, [200, 30, 40]).gif().toBuffer();
    const polyglot = Buffer.concat([gif, Buffer.from('<script>alert(document.domain)</script>PK\x03\x04')]);
    const { status, body, headers } = await thumbnailOf(polyglot, 'text/html', 'photo.html');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^image\//);
    expect(body.includes('<script>')).to.equal(false);
  });
});

describe('attacks on a service that takes no drawings', () => {
  const attacked = aSmallTaskUnderAttack({ INPUT_FORMATS: 'jpeg,png,webp,gif,avif' });
  const thumbnailOf = asker(attacked);

  it('17: SVG in every disguise', async () => {
    const utf16le = Buffer.from(`\uFEFF${SVG}`, 'utf16le');
    const disguises: Readonly<Record<string, Uint8Array | string>> = {
      'as it is': SVG,
      'behind a byte order mark': `\uFEFF${SVG}`,
      'behind white space and comments': ` \r\n\t<!-- \x89PNG --> <?xml version="1.0"?><!DOCTYPE svg>${SVG}`,
      'behind a comment longer than a decoder looks': `<!--${'x'.repeat(5000)}-->${SVG}`,
      'in UTF-16': utf16le,
      'in UTF-16, the other way round': Buffer.from(utf16le).swap16(),
      'in UTF-32': Buffer.from(Array.from(Buffer.from(SVG), (letter) => [letter, 0, 0, 0]).flat()),
      'compressed, as svgz': gzipSync(SVG),
      'with a namespace prefix': SVG.replaceAll(/<(\/?)(svg|rect)/g, '<$1s:$2').replace('xmlns', 'xmlns:s'),
      'behind the mark of a JPEG': Buffer.concat([Buffer.of(0xff, 0xd8, 0xff, 0xe0), Buffer.from(SVG)]),
      'behind the mark of a PNG': Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
        Buffer.from(SVG),
      ]),
      'behind the mark of a GIF': `GIF89a${SVG}`,
    };
    for (const [what, body] of Object.entries(disguises)) {
      for (const [type, name] of [
        ['image/png', 'photo.png'],
        ['image/svg+xml', 'photo.svg'],
      ] as const) {
        const answer = await thumbnailOf(body, type, name);
        expect(answer.status, what).to.equal(422);
        expect(answer.code, what).to.be.oneOf(['unsupported-image', 'corrupt-image']);
      }
    }
  });
});

/** Serves a file and asks for its thumbnail. */
function asker(attacked: ReturnType<typeof aSmallTaskUnderAttack>) {
  let served = 0;
  return (body: Uint8Array | string, type = 'image/jpeg', name = 'photo.jpg') => {
    served += 1;
    attacked.origin.serve(`/${served}/${name}`, { body, type });
    return ask(attacked.service, attacked.origin.url(`/${served}/${name}`));
  };
}
