import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { INPUT_FORMATS, type InputFormat } from '../../../src/domain/image/formats.ts';
import { FormatCheck, refusalOf } from '../../../src/domain/image/refusal.ts';
import { photograph } from '../../../scripts/kit/images.ts';

const ACCEPTED: readonly InputFormat[] = ['jpeg', 'png', 'webp', 'gif', 'avif'];

const latin1 = (text: string) => Buffer.from(text, 'latin1');
/** Goes on with bytes that say nothing. */
const file = (text: string) => Buffer.concat([latin1(text), Buffer.alloc(2000, '\x00\x80')]);
const box = (brands: string) => file(`\x00\x00\x00${String.fromCharCode(8 + brands.length)}ftyp${brands}`);

const OTHERS: Readonly<Record<string, readonly Buffer[]>> = {
  'a web page': [
    file('<!DOCTYPE html><title>Photo</title>'),
    file('\xef\xbb\xbf\r\n<!-- saved from -->\n<HTML lang="en">'),
    file('<script>location.href="/login"</script>'),
    file('<!doctype html><body><svg viewBox="0 0 9 9"></svg>'),
  ],
  'a PDF document': [file('%PDF-1.7\n'), file('\n\n%PDF-1.4')],
  'a PostScript document': [file('%!PS-Adobe-3.0 EPSF-3.0')],
  'a video': [
    box('isom\x00\x00\x02\x00isomiso2avc1mp41'),
    box('qt  \x00\x00\x00\x00qt  '),
    file('\x00\x00\x00\x08wide\x00\x00\x00\x00mdat'),
    file('\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23\x42\x86'),
    file('RIFF\x00\x00\x00\x00AVI LIST'),
    file('\x00\x00\x01\xba\x44\x00\x04\x00\x04\x01\x00\x00\x00\x00\x00'),
    file(`G${'\xff'.repeat(187)}G`),
  ],
  'a HEIC image in the short form of headers': [box('mif3heic')],
  'a HEIC image': [box('heic\x00\x00\x00\x00mif1heic'), box('mif1\x00\x00\x00\x00mif1heic')],
  "a camera's raw photo": [box('crx \x00\x00\x00\x01crx isom'), file('FUJIFILMCCD-RAW 0201')],
  'a playlist': [file('#EXTM3U\n#EXT-X-VERSION:3\n')],
  "a camera's video stream": [file('--frame\r\nContent-Type: image/jpeg\r\n\r\n')],
  'an audio file': [file('ID3\x04\x00\x00\x00\x00\x00\x00abcdef'), file('RIFF\x00\x00\x00\x00WAVEfmt ')],
  'a JPEG XL image': [file('\xff\x0a\xfa\x9f\x44\x00'), file('\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a')],
  'a JPEG 2000 image': [file('\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a')],
  'a BMP image': [file('BM\x36\x10\x0e\x00\x00\x00\x00\x00\x36\x00\x00\x00(\x00')],
  'an ICO image': [file('\x00\x00\x01\x00\x02\x00\x20\x20\x00\x00\x01\x00\x20\x00')],
  'a TIFF image': [file('II*\x00\x08\x00\x00\x00\x10\x00\x00\x01\x04\x00\x01\x00')],
  'an SVG image': [file('<svg xmlns="http://www.w3.org/2000/svg">')],
  'a Photoshop document': [file('8BPS\x00\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00')],
  'an archive': [file('PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00abcd')],
  'a compressed file': [gzipSync(Buffer.alloc(9000, 'abc'))],
  'an XML document': [latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>')],
  'a JSON document': [latin1('{"error":"not found"}'), latin1('[ ]')],
  'a text file': [latin1('Not found. Contact the administrator, please.\n'), latin1('OK')],
  'an empty file': [Buffer.alloc(0)],
};

describe('what is no image of an accepted format', () => {
  for (const [name, files] of Object.entries(OTHERS)) {
    it(`is called ${name} where it is one`, () => {
      for (const bytes of files) {
        const error = refusalOf(bytes, ACCEPTED, { isWhole: true });
        expect(error?.message.startsWith(`This is ${name}`), error?.message).to.equal(true);
        expect(error?.message).to.include(', not a JPEG, PNG, WebP, GIF or AVIF image. ');
      }
    });
  }

  it('is told what it would have to be in proper English', () => {
    const told = (...formats: readonly InputFormat[]) =>
      [Buffer.from('text'), Buffer.alloc(2048, '\x9c\x01\x7f\x03')].map(
        (bytes) =>
          /(?:isn't|not) an? .*? image/.exec(refusalOf(bytes, formats, { isWhole: true })!.message)?.[0],
      );
    expect(told('avif', 'jpeg')).to.deep.equal(['not an AVIF or JPEG image', "isn't an AVIF or JPEG image"]);
    expect(told('svg')).to.deep.equal(['not an SVG image', "isn't an SVG image"]);
    expect(told('ico')).to.deep.equal(['not an ICO image', "isn't an ICO image"]);
    expect(told('png', 'avif')).to.deep.equal(['not a PNG or AVIF image', "isn't a PNG or AVIF image"]);
  });

  it('is what it is at once, by a signature', () => {
    for (const [name, files] of Object.entries(OTHERS)) {
      const isText = /text|JSON|XML|empty/.test(name);
      for (const bytes of isText ? [] : files) {
        expect(refusalOf(bytes.subarray(0, 256), ACCEPTED, { isWhole: false })?.message, name).to.include(
          name,
        );
      }
    }
  });

  it('is known to be that after 1 KiB, whatever it is', () => {
    const noise = Buffer.alloc(1024, '\x9c\x01\x7f\x03');
    expect(refusalOf(noise.subarray(0, 1023), ACCEPTED, { isWhole: false })).to.equal(undefined);
    expect(refusalOf(noise, ACCEPTED, { isWhole: false })?.message).to.match(/^This isn't a JPEG, PNG/);
    const text = Buffer.alloc(1024, 'text ');
    expect(refusalOf(text, ACCEPTED, { isWhole: false })?.message).to.match(/^This is a text file, not/);
  });

  it('is not called so while it may be an SVG, where that is accepted', () => {
    const formats: readonly InputFormat[] = [...ACCEPTED, 'svg'];
    const prologue = latin1(`<?xml version="1.0"?><!-- ${'licence '.repeat(2000)}`);
    expect(refusalOf(prologue, formats, { isWhole: false })).to.equal(undefined);
    expect(refusalOf(prologue, formats, { isWhole: true })?.message).to.include('an XML document');
  });

  it('is a web page although it has a drawing in it, where SVG is accepted', () => {
    const page = latin1('<!-- saved --><!doctype html><body><svg viewBox="0 0 9 9"></svg>');
    expect(refusalOf(page, ['svg'], { isWhole: true })?.message).to.include('a web page');
  });

  it('is never an image, however few bytes of it have come', async () => {
    const photo = photograph({ width: 60, height: 40 });
    const images = [
      photo.clone().jpeg(),
      photo.clone().png(),
      photo.clone().webp(),
      photo.clone().gif(),
      photo.clone().avif(),
      photo.clone().tiff(),
    ];
    for (const image of images) {
      const bytes = await image.toBuffer();
      const check = new FormatCheck(INPUT_FORMATS);
      for (let length = 0; length < 300; length += 1) check.check(bytes.subarray(0, length));
      expect(refusalOf(bytes, INPUT_FORMATS, { isWhole: true })).to.equal(undefined);
    }
  });

  it('is an image whose brand comes late', () => {
    const avif = box('mif1\x00\x00\x00\x00mif1miafavif');
    expect(refusalOf(avif.subarray(0, 20), ACCEPTED, { isWhole: false })).to.equal(undefined);
    expect(refusalOf(avif, ACCEPTED, { isWhole: false })).to.equal(undefined);
  });
});
