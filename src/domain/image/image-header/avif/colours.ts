import { type CodedColours, coloursByNumbers } from '../../coded-colours.ts';
import { type SequenceColours, readAv1 } from './av1.ts';
import { coloursOfProfile, isGreyProfile } from '../icc-colours.ts';
import { dataOf } from './extents.ts';
import { firstPartOf, propertyOf } from './item-facts.ts';
import type { Item, Items } from './items.ts';

/** Ahead of the parts of the stream that stand in an av1C box. */
const CONFIGURATION_BYTES = 4;
const UNSAID = 2;
export const MATRIX_AT = 8;
/** Made of the primaries. Browsers take samples that are coded by it for those of sRGB, whatever is said of them. */
const DERIVED_MATRIX = 12;

/**
 * What the numbers of an AVIF say of its colours: those of its `colr` box (H.273), else those of the AV1 stream. A profile
 * has precedence over both. Decoders ignore the range of grey and of transparency.
 */
export function readColours(items: Items, file: Buffer, alpha: Item | undefined): CodedColours | undefined {
  const primary = items.items.get(items.primaryId);
  if (primary === undefined) return undefined;
  const coded = primary.type === 'av01' ? primary : firstPartOf(primary, items);
  const stream = coded && streamColours(coded, items, file);
  const { numbers, profile } = saidColours(primary, coded);
  const [primaries, transfer] =
    numbers === undefined
      ? [stream?.primaries ?? UNSAID, stream?.transfer ?? UNSAID]
      : [numbers.readUInt16BE(4), numbers.readUInt16BE(6)];
  const isFullRange = numbers === undefined ? stream?.isFullRange : (numbers.readUInt8(10) & 0x80) !== 0;
  const limits = {
    ...(stream?.isGrey === true && isFullRange === false && { limitedGrey: true }),
    ...(alpha !== undefined &&
      streamColours(alpha, items, file)?.isFullRange === false && { limitedAlpha: true }),
  };
  const isDerived = numbers?.readUInt16BE(MATRIX_AT) === DERIVED_MATRIX;
  const byNumbers = isDerived ? undefined : coloursByNumbers(primaries, transfer, 'avif');
  const colours = profile === undefined ? byNumbers : ofGreys(profile, stream);
  if (colours === undefined && Object.keys(limits).length === 0) return undefined;
  return { transfer: 'srgb', ...colours, peakNits: readPeak(primary), ...limits };
}

/** The first numbers, and the first profile, in the `colr` boxes of these items. */
export function saidColours(...items: readonly (Item | undefined)[]) {
  const boxes = items.flatMap((item) => item?.properties.filter(({ type }) => type === 'colr') ?? []);
  const find = (...kinds: readonly string[]) =>
    boxes.find(({ body }) => kinds.includes(body.toString('latin1', 0, 4)))?.body;
  return { numbers: find('nclx'), profile: find('prof', 'rICC')?.subarray(4) };
}

/** Decoders apply profiles of colours. Those of greys they pass over, as they make colours of greys. */
function ofGreys(profile: Buffer, stream: SequenceColours | undefined): CodedColours | undefined {
  return stream?.isGrey === true && isGreyProfile(profile) ? coloursOfProfile(profile) : undefined;
}

/**
 * The `colr` boxes that give all of their colours as unspecified, and a range. libheif ignores them with that range, where
 * browsers respect it.
 */
export function vagueColours({ items }: Items): Buffer[] {
  return [...items.values()]
    .flatMap(({ properties }) => properties)
    .filter(({ type, body }) => type === 'colr' && body.subarray(0, VAGUE.length).equals(VAGUE))
    .map(({ body }) => body);
}

const VAGUE = Buffer.from('nclx\0\x02\0\x02\0\x02', 'latin1');
const BT_601 = 6;

/** Says which matrix it is, so that the range counts: browsers take that one where none is said. */
export function clarifyColours(colr: Buffer): void {
  colr.writeUInt16BE(BT_601, MATRIX_AT);
}

const PER_NIT = 10_000;
/** Of the display that an image was made on, behind its primaries and its white. */
const DISPLAY_PEAK_AT = 16;

/** Of the image itself, or else of the display that it was made on. */
function readPeak(item: Item): number | undefined {
  const content = propertyOf(item, 'clli')?.readUInt16BE(0) ?? 0;
  if (content !== 0) return content;
  const display = propertyOf(item, 'mdcv')?.readUInt32BE(DISPLAY_PEAK_AT) ?? 0;
  return display === 0 ? undefined : display / PER_NIT;
}

export function streamColours(item: Item, items: Items, file: Buffer): SequenceColours | undefined {
  const av1C = propertyOf(item, 'av1C');
  const ahead = readAv1(av1C?.subarray(CONFIGURATION_BYTES) ?? Buffer.alloc(0)).colours;
  return readAv1(dataOf(item, file, items)).colours ?? ahead;
}
