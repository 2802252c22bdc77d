import type { CodedColours, Primaries, Transfer } from '../coded-colours.ts';

type Xyz = readonly [x: number, y: number, z: number];

const HEADER_BYTES = 128;
/** Of the name of the colours that it describes. */
const SPACE_AT = 16;
const MAX_TAGS = 100;
const D65: Xyz = [0.95047, 1, 1.08883];

/** From the white of profiles, D50, to D65 (Bradford). */
const TO_D65 = [
  [0.9555766, -0.0230393, 0.0631636],
  [-0.0282895, 1.0099416, 0.0210077],
  [0.0122982, -0.020483, 1.3299098],
] as const;

/** Of sRGB, and how far from it colours still count as that. */
const SRGB: Primaries = [
  [0.64, 0.33],
  [0.3, 0.6],
  [0.15, 0.06],
  [0.3127, 0.329],
];
const SAME = 0.005;

/** Whether it is one of greys (ICC.1, 7.2.6). */
export function isGreyProfile(profile: Buffer): boolean {
  return profile.toString('latin1', SPACE_AT, SPACE_AT + 4) === 'GRAY';
}

/**
 * What a profile of three primaries and one curve says, or one of greys, which is a curve alone (ICC.1, 8.3): those of displays
 * and cameras. Undefined where it says sRGB, or is of another kind.
 */
export function coloursOfProfile(profile: Buffer): CodedColours | undefined {
  try {
    const tags = tagsOf(profile);
    if (isGreyProfile(profile)) return greysBy(transferOf(tags.get('kTRC')));
    const colorants = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => tags.get(name)).map(xyzOf);
    const transfer = transferOf(tags.get('rTRC'));
    const [red, green, blue] = colorants.map((colorant) => colorant && chromaticity(adapted(colorant)));
    if (red === undefined || green === undefined || blue === undefined || transfer === undefined)
      return undefined;
    const primaries: Primaries = [red, green, blue, chromaticity(D65)];
    return isSrgb(primaries) && transfer === 'srgb' ? undefined : { primaries, transfer };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function greysBy(transfer: Transfer | undefined): CodedColours | undefined {
  return transfer === undefined || transfer === 'srgb' ? undefined : { transfer };
}

function tagsOf(profile: Buffer): Map<string, Buffer> {
  const count = Math.min(MAX_TAGS, profile.readUInt32BE(HEADER_BYTES));
  const tags = Array.from({ length: count }, (_, index) => {
    const at = HEADER_BYTES + 4 + index * 12;
    const start = profile.readUInt32BE(at + 4);
    return [
      profile.toString('latin1', at, at + 4),
      profile.subarray(start, start + profile.readUInt32BE(at + 8)),
    ] as const;
  });
  return new Map(tags);
}

/** Numbers of 16 bits, and as many behind the point. */
function fixed(tag: Buffer, at: number): number {
  return tag.readInt32BE(at) / 65_536;
}

function xyzOf(tag: Buffer | undefined): Xyz | undefined {
  return tag && [fixed(tag, 8), fixed(tag, 12), fixed(tag, 16)];
}

function adapted(xyz: Xyz): Xyz {
  const [x, y, z] = TO_D65.map((row) => row.reduce((sum, factor, at) => sum + factor * (xyz[at] ?? 0), 0));
  return [x ?? 0, y ?? 0, z ?? 0];
}

function chromaticity([x, y, z]: Xyz): readonly [number, number] {
  return [x / (x + y + z), y / (x + y + z)];
}

/** Half of the way up the curve of sRGB, and how far from it another one still counts as that. */
const SRGB_MIDDLE = 0.214;
const SAME_MIDDLE = 0.01;

/** A curve by its parameters or by its table, as the power that has the same middle; undefined for any other. */
function transferOf(tag: Buffer | undefined): Transfer | undefined {
  const type = tag?.toString('latin1', 0, 4);
  if (tag === undefined) return undefined;
  if (type === 'para')
    return tag.readUInt16BE(8) === 0 ? { gamma: fixed(tag, 12) } : transferBy(middleOf(tag));
  if (type !== 'curv') return undefined;
  const entries = tag.readUInt32BE(8);
  if (entries === 0) return { gamma: 1 };
  if (entries === 1) return { gamma: tag.readUInt16BE(12) / 256 };
  return transferBy(tag.readUInt16BE(12 + 2 * Math.round((entries - 1) / 2)) / 65_535);
}

/** Of a curve by parameters: a power of what is scaled and raised, to which newer kinds add (ICC.1, 10.18). Below lies a line. */
function middleOf(tag: Buffer): number {
  const [gamma, scale, raise] = [fixed(tag, 12), fixed(tag, 16), fixed(tag, 20)];
  const added = { 2: 24, 4: 32 }[tag.readUInt16BE(8)];
  return Math.max(0, scale / 2 + raise) ** gamma + (added === undefined ? 0 : fixed(tag, added));
}

function transferBy(middle: number): Transfer | undefined {
  if (Math.abs(middle - SRGB_MIDDLE) < SAME_MIDDLE) return 'srgb';
  return middle > 0 && middle < 1 ? { gamma: Math.log(middle) / Math.log(0.5) } : undefined;
}

function isSrgb(primaries: Primaries): boolean {
  return primaries.every((point, at) =>
    point.every((value, axis) => Math.abs(value - (SRGB[at]?.[axis] ?? 0)) < SAME),
  );
}
