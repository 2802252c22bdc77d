import { type CodedColours, type Primaries, areSpecified, coloursByNumbers } from '../coded-colours.ts';

/** Of the chunk of a type, its data; undefined where there is none. */
type FirstOf = (type: string) => Buffer | undefined;

/** Of chunks that are read here. One of another length means nothing. */
const CHUNK_BYTES: Readonly<Record<string, number>> = { cICP: 4, gAMA: 4, cHRM: 32, cLLI: 8, mDCV: 24 };

const UNIT = 100_000;
/** What writers of sRGB put down: its curve is near that power. */
const SRGB_GAMMA = 45_455;

/**
 * What a PNG says of its colours beside a profile (PNG, 4.3): cICP has precedence over a profile, a profile over sRGB, and
 * that over gAMA and cHRM, the latter of which means nothing without the former, as in browsers.
 */
export function readPngColours(firstOf: FirstOf): CodedColours | undefined {
  const first: FirstOf = (type) => {
    const data = firstOf(type);
    return data?.length === (CHUNK_BYTES[type] ?? data?.length) ? data : undefined;
  };
  const numbers = first('cICP');
  if (numbers !== undefined && isUsable(numbers)) {
    const colours = coloursByNumbers(numbers.readUInt8(0), numbers.readUInt8(1), 'png');
    if (colours !== undefined) return { ...colours, peakNits: readPeak(first) };
    // A profile would count where nothing is returned.
    return first('iCCP') === undefined ? undefined : { transfer: 'srgb' };
  }
  const gamma = first('gAMA')?.readUInt32BE(0) ?? 0;
  if (first('iCCP') !== undefined || first('sRGB') !== undefined || gamma === 0) return undefined;
  const chromaticities = first('cHRM');
  const primaries = chromaticities && readPrimaries(chromaticities);
  if (chromaticities !== undefined && primaries === undefined) return undefined;
  if (primaries === undefined && gamma === SRGB_GAMMA) return undefined;
  return { primaries, transfer: { gamma: UNIT / gamma } };
}

const IS_FULL_RANGE = 1;

/** As browsers have it: others count as none. */
function isUsable(numbers: Buffer): boolean {
  if (numbers.readUInt8(3) !== IS_FULL_RANGE) return false;
  return areSpecified(numbers.readUInt8(0), numbers.readUInt8(1));
}

const PER_NIT = 10_000;
/** Of the display that an image was made on, behind its primaries and its white. */
const DISPLAY_PEAK_AT = 16;

/** Of the image itself, or else of the display that it was made on. */
function readPeak(first: FirstOf): number | undefined {
  const content = first('cLLI')?.readUInt32BE(0) ?? 0;
  const display = first('mDCV')?.readUInt32BE(DISPLAY_PEAK_AT) ?? 0;
  return (content || display) === 0 ? undefined : (content || display) / PER_NIT;
}

/** White stands ahead of red, green and blue. Undefined where they span no space of colours. */
function readPrimaries(chrm: Buffer): Primaries | undefined {
  const [white, red, green, blue] = [0, 8, 16, 24].map(
    (at) => [chrm.readUInt32BE(at) / UNIT, chrm.readUInt32BE(at + 4) / UNIT] as const,
  );
  if (white === undefined || red === undefined || green === undefined || blue === undefined) return undefined;
  const area = (red[0] - blue[0]) * (green[1] - blue[1]) - (green[0] - blue[0]) * (red[1] - blue[1]);
  const areSound = [white, red, green, blue].every(([x, y]) => x <= 1 && y <= 1 && x + y <= 1.01);
  return areSound && Math.abs(area) > 1e-3 && white[1] > 0 ? [red, green, blue, white] : undefined;
}
