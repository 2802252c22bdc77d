import { expect } from 'chai';
import { coloursOfProfile } from '../../../src/domain/image/image-header/icc-colours.ts';

/** Numbers of 16 bits, and as many behind the point. */
function fixed(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, at) => bytes.writeInt32BE(Math.round(number * 65_536), at * 4));
  return bytes;
}

function tag(type: string, ...body: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`${type}\0\0\0\0`, 'latin1'), ...body]);
}

/** A curve by parameters: of this kind, with these numbers (ICC.1, 10.18). */
function curve(kind: number, numbers: readonly number[]): Buffer {
  return tag('para', Buffer.of(0, kind, 0, 0), fixed(numbers));
}

function profileOf(space: string, tags: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(tags);
  const head = Buffer.alloc(132 + entries.length * 12);
  head.write(space, 16, 'latin1');
  head.writeUInt32BE(entries.length, 128);
  let start = head.length;
  entries.forEach(([name, { length }], index) => {
    head.write(name, 132 + index * 12, 'latin1');
    head.writeUInt32BE(start, 136 + index * 12);
    head.writeUInt32BE(length, 140 + index * 12);
    start += length;
  });
  return Buffer.concat([head, ...entries.map(([, body]) => body)]);
}

/** Of the primaries of Display P3. */
function displayProfile(transfer: Buffer): Buffer {
  return profileOf('RGB ', {
    rXYZ: tag('XYZ ', fixed([0.51512, 0.2412, -0.00105])),
    gXYZ: tag('XYZ ', fixed([0.29198, 0.69225, 0.04189])),
    bXYZ: tag('XYZ ', fixed([0.1571, 0.06657, 0.78407])),
    rTRC: transfer,
  });
}

const SRGB = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];
/** As it is coded (BT.709), which BT.2020 has too. */
const VIDEO = [1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081];

function gammaOf(profile: Buffer): number | undefined {
  const transfer = coloursOfProfile(profile)?.transfer;
  return typeof transfer === 'object' ? transfer.gamma : undefined;
}

describe('the colours of a profile', () => {
  it('have the curve of sRGB, whichever kind of parameters says it', () => {
    for (const transfer of [curve(3, SRGB), curve(4, [...SRGB, 0, 0])]) {
      expect(coloursOfProfile(displayProfile(transfer))?.transfer).to.equal('srgb');
    }
  });

  it('have the power that has the middle of any other curve', () => {
    expect(gammaOf(displayProfile(curve(0, [1.8])))).to.be.closeTo(1.8, 0.01);
    expect(gammaOf(displayProfile(curve(1, [2, 1, 0])))).to.be.closeTo(2, 0.01);
    expect(gammaOf(displayProfile(curve(2, [1, 0.5, 0, 0.25])))).to.be.closeTo(1, 0.01);
    expect(gammaOf(displayProfile(curve(3, VIDEO)))).to.be.closeTo(1.945, 0.01);
  });

  it('keep their primaries with it', () => {
    const [red] = coloursOfProfile(displayProfile(curve(3, VIDEO)))?.primaries ?? [];
    expect(red?.[0]).to.be.closeTo(0.68, 0.005);
    expect(red?.[1]).to.be.closeTo(0.32, 0.005);
  });

  it('are a curve alone for greys', () => {
    expect(coloursOfProfile(profileOf('GRAY', { kTRC: curve(0, [1]) }))).to.deep.equal({
      transfer: { gamma: 1 },
    });
    expect(coloursOfProfile(profileOf('GRAY', { kTRC: curve(3, SRGB) }))).to.equal(undefined);
    expect(coloursOfProfile(profileOf('GRAY', {}))).to.equal(undefined);
  });

  it('are not known of a curve that reaches its end too soon, or is cut', () => {
    expect(coloursOfProfile(displayProfile(curve(2, [1, 1, 0, 0.5])))).to.equal(undefined);
    expect(coloursOfProfile(displayProfile(curve(3, [2.4])))).to.equal(undefined);
  });
});
