import { Bits } from './bits.ts';
import { child } from './boxes.ts';
import { box, type CodedPicture, stillFile } from './still-file.ts';

const MAJOR_BRAND_AT = 8;
const MINOR_VERSION_AT = 12;

/** Whether a file has the short form of headers (ISO/IEC 23008-12, `mini`), with a picture in AV1 behind it. */
export function isMinimized(file: Buffer): boolean {
  const brand = file.toString('latin1', MAJOR_BRAND_AT, MAJOR_BRAND_AT + 4);
  return brand === 'mif3' && file.toString('latin1', MINOR_VERSION_AT, MINOR_VERSION_AT + 4) === 'avif';
}

/**
 * The same file with a header in the long form, which decoders read, without its metadata.
 *
 * @throws RangeError where it cannot be read, or has a gain map or light levels, which no encoder writes so
 */
export function expandedFile(file: Buffer): Buffer {
  const mini = child(file, 'mini');
  const bits = new Bits(mini);
  if (bits.read(2) !== 0) throw new RangeError('another version');
  const facts = readFacts(bits);
  const sizes = readSizes(bits, facts);
  let at = bits.nextByte;
  const next = (bytes: number) => {
    if (at + bytes > mini.length) throw new RangeError('the file ends within its picture');
    at += bytes;
    return mini.subarray(at - bytes, at);
  };
  const configuration = next(sizes.configuration);
  const ownOfAlpha = next(sizes.alphaConfiguration);
  const profile = next(sizes.profile);
  const alphaData = next(sizes.alpha);
  const { width, height, turns } = facts;
  const picture: CodedPicture = {
    codec: 'av01',
    width,
    height,
    configuration,
    turns,
    data: next(sizes.picture),
  };
  const colours = facts.hasProfile ? Buffer.concat([Buffer.from('prof'), profile]) : facts.numbers;
  const alpha = {
    ...picture,
    configuration: ownOfAlpha.length > 0 ? ownOfAlpha : configuration,
    data: alphaData,
  };
  return stillFile({ ...picture, colours }, alphaData.length > 0 ? alpha : undefined);
}

type Facts = ReturnType<typeof readFacts>;

const SRGB_NUMBERS = [1, 13] as const;
const UNSAID = 2;
const BT_601 = 6;
const CHROMA = { none: 0, quarter: 1, half: 2 } as const;

function readFacts(bits: Bits) {
  const [hasCodecTypes, isFloat, isFullRange, hasAlpha] = [
    bits.flag(),
    bits.flag(),
    bits.flag(),
    bits.flag(),
  ];
  const [hasNumbers, isBright, hasProfile] = [bits.flag(), bits.flag(), bits.flag()];
  const [hasExif, hasXmp] = [bits.flag(), bits.flag()];
  const chroma = bits.read(2);
  const orientation = bits.read(3) + 1;
  const sideBits = bits.flag() ? 15 : 7;
  const [width, height] = [bits.read(sideBits) + 1, bits.read(sideBits) + 1];
  if (chroma === CHROMA.quarter || chroma === CHROMA.half) bits.skip(1);
  if (chroma === CHROMA.quarter) bits.skip(1);
  if (isFloat || isBright) throw new RangeError('more than a plain picture');
  if (bits.flag()) bits.skip(3);
  if (hasAlpha) bits.skip(1);
  const usual = hasProfile ? [UNSAID, UNSAID] : SRGB_NUMBERS;
  const [primaries = UNSAID, transfer = UNSAID] = hasNumbers ? [bits.read(8), bits.read(8)] : usual;
  const usualMatrix = chroma === CHROMA.none ? UNSAID : BT_601;
  const matrix = hasNumbers && chroma !== CHROMA.none ? bits.read(8) : usualMatrix;
  if (hasCodecTypes) bits.skip(64);
  const numbers = Buffer.concat([
    Buffer.from('nclx'),
    Buffer.of(0, primaries, 0, transfer, 0, matrix, isFullRange ? 0x80 : 0),
  ]);
  return { width, height, hasAlpha, hasProfile, hasExif, hasXmp, numbers, turns: turnsOf(orientation) };
}

/** Of the parts behind the header, in bytes. */
function readSizes(bits: Bits, { hasAlpha, hasProfile, hasExif, hasXmp }: Facts) {
  const metadataBits = (hasProfile || hasExif || hasXmp) && bits.flag() ? 20 : 10;
  const configurationBits = bits.flag() ? 12 : 3;
  const dataBits = bits.flag() ? 28 : 15;
  const profile = hasProfile ? bits.read(metadataBits) + 1 : 0;
  const configuration = bits.read(configurationBits);
  const picture = bits.read(dataBits) + 1;
  const alpha = hasAlpha ? bits.read(dataBits) : 0;
  const alphaConfiguration = alpha > 0 ? bits.read(configurationBits) : 0;
  if (hasExif || hasXmp) bits.skip(1);
  bits.skip((hasExif ? metadataBits : 0) + (hasXmp ? metadataBits : 0));
  return { profile, configuration, picture, alpha, alphaConfiguration };
}

/** By EXIF's numbers: quarter turns to the left, and then whether left and right (1) or top and bottom (0) change places. */
const TURNS: Readonly<Record<number, readonly [quarters: number, mirror?: 0 | 1]>> = {
  2: [0, 1],
  3: [2],
  4: [0, 0],
  5: [1, 0],
  6: [3],
  7: [3, 0],
  8: [1],
};

function turnsOf(orientation: number): Buffer[] {
  const [quarters, mirror] = TURNS[orientation] ?? [0];
  const boxes = quarters === 0 ? [] : [box('irot', Buffer.of(quarters))];
  return mirror === undefined ? boxes : [...boxes, box('imir', Buffer.of(mirror))];
}
