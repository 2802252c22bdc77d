/** What an image's samples mean where no profile says it, and they are not plainly those of sRGB. */
export interface CodedColours {
  /** Undefined for those of sRGB. */
  readonly primaries?: Primaries | undefined;
  readonly transfer: Transfer;
  /** Of high dynamic range: the brightest light in the image, where that is said. */
  readonly peakNits?: number | undefined;
  /** Grey samples that reach from 16 to 235 of 255, which decoders take as they are. */
  readonly limitedGrey?: boolean;
  /** The same of transparency. */
  readonly limitedAlpha?: boolean;
  /** Whether the samples are amounts of four inks (CMYK), each of which leaves the less light the more there is of it. */
  readonly inks?: boolean;
}

/** Chromaticities (CIE 1931): x and y of red, green, blue and white. */
export type Primaries = readonly [
  red: readonly [number, number],
  green: readonly [number, number],
  blue: readonly [number, number],
  white: readonly [number, number],
];

/** How samples become light: a power of them, or by the curve of that name. */
export type Transfer = 'srgb' | 'pq' | 'hlg' | 'smpte-240' | 'smpte-428' | { readonly gamma: number };

const D65 = [0.3127, 0.329] as const;
const C = [0.31, 0.316] as const;

/** By their numbers (ITU-T H.273, table 2). 1 is that of sRGB. */
const PRIMARIES: Readonly<Record<number, Primaries>> = {
  4: [[0.67, 0.33], [0.21, 0.71], [0.14, 0.08], C],
  5: [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06], D65],
  6: [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65],
  7: [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65],
  8: [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049], C],
  9: [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65],
  10: [
    [1, 0],
    [0, 1],
    [0, 0],
    [1 / 3, 1 / 3],
  ],
  11: [
    [0.68, 0.32],
    [0.265, 0.69],
    [0.15, 0.06],
    [0.314, 0.351],
  ],
  12: [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65],
  22: [[0.63, 0.34], [0.295, 0.605], [0.155, 0.077], D65],
};

/** By their numbers (H.273, table 3); all others count as that of sRGB. */
const TRANSFERS: Readonly<Record<number, Transfer>> = {
  4: { gamma: 2.2 },
  5: { gamma: 2.8 },
  7: 'smpte-240',
  8: { gamma: 1 },
  16: 'pq',
  17: 'smpte-428',
  18: 'hlg',
};

/** Numbers that mean nothing yet: a pair with one of them says nothing. */
const RESERVED_PRIMARIES = 0;
const RESERVED_TRANSFERS = [0, 3];

/** The curves of video, which televisions show by this power. */
const OF_VIDEO = [1, 6, 11, 14, 15];
const VIDEO_GAMMA = 2.4;

const BT_709 = 1;
const SRGB = 13;

/** Whether both numbers stand for something, and are more than a word for "unspecified". */
export function areSpecified(primaries: number, transfer: number): boolean {
  const isKnown = transfer === SRGB || OF_VIDEO.includes(transfer) || TRANSFERS[transfer] !== undefined;
  return isKnown && (primaries === BT_709 || PRIMARIES[primaries] !== undefined);
}

/**
 * What two numbers of H.273 say of an image, as Chromium takes them: it shows the curves of video as those of sRGB in AVIF,
 * where most encoders write them without meaning it, and by their power in PNG. Undefined where that is sRGB.
 */
export function coloursByNumbers(
  primaries: number,
  transfer: number,
  format: 'avif' | 'png',
): CodedColours | undefined {
  if (primaries === RESERVED_PRIMARIES || RESERVED_TRANSFERS.includes(transfer)) return undefined;
  const isOfVideo = format === 'png' && OF_VIDEO.includes(transfer);
  const colours: CodedColours = {
    primaries: PRIMARIES[primaries],
    transfer: isOfVideo ? { gamma: VIDEO_GAMMA } : (TRANSFERS[transfer] ?? 'srgb'),
  };
  return colours.primaries === undefined && colours.transfer === 'srgb' ? undefined : colours;
}
