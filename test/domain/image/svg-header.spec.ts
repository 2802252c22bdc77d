import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readImageHeader, recogniseFormat } from '../../../src/domain/image/image-header.ts';
import { drawingOf } from '../../../src/domain/image/still/svg.ts';
import { sidesForBox } from '../../../src/domain/image/drawn-sides.ts';
import { specOf } from '../../../scripts/kit/spec.ts';

const NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"';
const svg = (attributes: string) => Buffer.from(`<svg ${NAMESPACE} ${attributes}><rect/></svg>`);

function sidesOf(file: Buffer): unknown {
  const { width, height } = readImageHeader('svg', file) ?? {};
  return [width, height];
}

describe('the header of an SVG', () => {
  it('is found behind whatever may stand ahead of the root', () => {
    const entities = '<!DOCTYPE svg PUBLIC "-//W3C//DTD" "x.dtd" [<!ENTITY a "]><html>"> <!-- " ]> -->]>';
    for (const ahead of [
      '\uFEFF',
      '<?xml version="1.0" encoding="utf-8"?>\r\n',
      `<!-- <html> ${'x'.repeat(200_000)} -->`,
      '<?xml-stylesheet href="x"?><!DOCTYPE svg>\n<!-- a --><!-- b -->',
      entities,
    ]) {
      const file = Buffer.concat([Buffer.from(ahead), svg('width="30" height="20"')]);
      expect(recogniseFormat(file), ahead.slice(0, 60)).to.equal('svg');
      expect(sidesOf(file), ahead.slice(0, 60)).to.deep.equal([30, 20]);
    }
  });

  it('is found in UTF-16 and in gzip', () => {
    const plain = svg('width="30" height="20"');
    const utf16 = Buffer.from(`\uFEFF${plain.toString()}`, 'utf16le');
    for (const file of [utf16, Buffer.from(utf16).swap16(), gzipSync(plain), gzipSync(utf16)]) {
      expect(recogniseFormat(file)).to.equal('svg');
      expect(sidesOf(file)).to.deep.equal([30, 20]);
    }
  });

  it('is that of the root element alone', () => {
    const others = ['<html><svg/></html>', '<!-- <svg> --><a/>', '<svgx/>', 'text <svg/>', '<?xml <svg', '<'];
    for (const text of others) expect(recogniseFormat(Buffer.from(text)), text).to.equal(undefined);
    for (const packed of [gzipSync('text'), gzipSync('<svg>').subarray(0, 9)]) {
      expect(recogniseFormat(packed)).to.equal(undefined);
    }
  });

  it('gives the sides that Chromium gives', () => {
    const sides: Readonly<Record<string, readonly [number, number]>> = {
      'viewBox="0 0 24 24"': [150, 150],
      'viewBox="0 0 100 50"': [300, 150],
      'viewBox="0,0,50,200"': [38, 150],
      '': [300, 150],
      'width="100%" height="100%" viewBox="0 0 24 12"': [300, 150],
      'width="50"': [50, 150],
      'height="50"': [300, 50],
      'width="48" viewBox="0 0 24 12"': [48, 24],
      'height="48" viewBox="0 0 24 12"': [96, 48],
      'width="2in" height="1cm"': [192, 38],
      'width="3em" height="2ex"': [48, 16],
      'width="80Q" height="4ch"': [76, 32],
      'width="100" height="100" viewBox="0 0 24 12"': [100, 100],
      'style="width:24px;height:30px" width="10" height="10"': [10, 10],
      'width="auto" height="auto" viewBox="0 0 30 10"': [300, 100],
      'width="1e2" height="1.5e1"': [100, 15],
      "width='40' height='100%' viewBox='0 0 24 12'": [40, 20],
      'viewBox="0 0 0 0"': [300, 150],
      'viewBox="0-5 60 40"': [225, 150],
      'viewBox="-.5.5,6e1+40"': [225, 150],
      'viewBox="0,,0 60 40"': [300, 150],
      'viewBox="0 0 0x3c 40"': [300, 150],
      'viewBox="0 0 60 40 1"': [300, 150],
      'width="0.3" height="0.3"': [1, 1],
    };
    for (const [attributes, expected] of Object.entries(sides)) {
      expect(sidesOf(svg(attributes)), attributes).to.deep.equal(expected);
    }
    expect(readImageHeader('svg', svg('width="0" height="20"'))).to.equal(undefined);
  });
});

describe('attack 45: a drawing whose sides are beyond all numbers', () => {
  for (const [attributes, sides] of [
    ['height="1e300" viewBox="0 0 1e308 1"', [1_000_000, 1]],
    ['width="1e308" height="1e308"', [1_000_000, 1_000_000]],
    ['width="2e6" height="1e6"', [1_000_000, 500_000]],
    ['width="1e300" viewBox="0 0 1 1e308"', [1, 1_000_000]],
    ['width="1e-320" height="1e300"', undefined],
    ['viewBox="0 0 1e308 1e-308"', undefined],
  ] as const) {
    it(`${attributes}: ${sides?.join(' by ') ?? 'refused'}`, () => {
      const file = svg(attributes);
      expect(sidesOf(file)).to.deep.equal(sides ?? [undefined, undefined]);
      if (sides === undefined) return;
      const [width, height] = sides;
      const drawn = sidesForBox({ format: 'svg', width, height }, specOf({ size: 128, format: 'png' }));
      expect(Math.max(drawn.width, drawn.height)).to.equal(128);
    });
  }
});

describe('a drawing', () => {
  it('fills the box, whatever its own sides are', () => {
    const drawn = (width: number, height: number, fields: Omit<Parameters<typeof specOf>[0], 'format'>) => {
      const sides = sidesForBox({ format: 'svg', width, height }, specOf({ ...fields, format: 'png' }));
      return [sides.width, sides.height];
    };
    expect(drawn(24, 24, { size: 256 })).to.deep.equal([256, 256]);
    expect(drawn(1e6, 5e5, { size: 256 })).to.deep.equal([256, 128]);
    expect(drawn(300, 150, { width: 64, height: 64, fit: 'cover' })).to.deep.equal([128, 64]);
    expect(drawn(24, 24, { size: 64, crop: { x: 0, y: 0, width: 0.25, height: 0.25 } })).to.deep.equal([
      256, 256,
    ]);
    expect(drawn(1, 1e6, { size: 2000, fit: 'cover' })).to.deep.equal([1, 16_383]);
  });

  it('is handed to its decoder with these sides in its root, and nothing ahead of that but entities', () => {
    const root = `<svg ${NAMESPACE} width='3em' viewBox="0 0 9 6" style="fill:red;width:9px;stroke-width:2">`;
    const file = Buffer.from(
      `<?xml version="1.0"?><!-- x --><!DOCTYPE svg [<!ENTITY a "b">]>${root}<rect/></svg>`,
    );
    expect(drawingOf(file, { width: 48, height: 32 }, { width: 96, height: 64 }).toString()).to.equal(
      `<!--<svg--><!DOCTYPE svg [<!ENTITY a "b">]>` +
        `<svg ${NAMESPACE} style="fill:red;stroke-width:2" width="96px" height="64px" viewBox="0 0 9 6" ` +
        'preserveAspectRatio="none"><rect/></svg>',
    );
  });

  it('is handed to it in UTF-8, whatever its encoding is', () => {
    const text = `<svg ${NAMESPACE} width="9" height="6"><title>é</title></svg>`;
    const declared = (encoding: string) =>
      `<?xml version="1.1" encoding='${encoding}' standalone="no"?>${text}`;
    const files = {
      plain: Buffer.from(text),
      marked: Buffer.from(`\uFEFF${declared('utf-8')}`),
      'Latin-1': Buffer.from(declared('ISO-8859-1'), 'latin1'),
      Windows: Buffer.from(declared('windows-1252'), 'latin1'),
      Cyrillic: Buffer.from(declared('KOI8-R').replace('é', '\u00a3'), 'latin1'),
      'UTF-16': Buffer.from(`\uFEFF${declared('UTF-16')}`, 'utf16le'),
      'UTF-16 without a mark': Buffer.from(declared('UTF-16'), 'utf16le'),
      'UTF-16 of the other order': Buffer.from(declared('UTF-16'), 'utf16le').swap16(),
      'no UTF-16': Buffer.from(declared('UTF-16')),
      unknown: Buffer.from(declared('x-unknown')),
      packed: gzipSync(Buffer.from(declared('latin1'), 'latin1')),
    };
    const sides = { width: 9, height: 6 };
    for (const [name, file] of Object.entries(files)) {
      const [title] = /<title>.*/.exec(drawingOf(file, sides, sides).toString()) ?? [];
      expect(title, name).to.equal(`<title>${name === 'Cyrillic' ? 'ё' : 'é'}</title></svg>`);
      expect(sidesOf(file), name).to.deep.equal([9, 6]);
    }
  });

  it('is unpacked no further than it says', () => {
    const packed = gzipSync(Buffer.concat([svg(''), Buffer.alloc(1e6, 0x20)]));
    const sides = { width: 10, height: 10 };
    expect(drawingOf(packed, sides, sides).length).to.be.above(1e6);
    packed.writeUInt32LE(1000, packed.length - 4);
    expect(() => drawingOf(packed, sides, sides)).to.throw(RangeError, 'unpacked');
  });
});
