import { child } from '../avif/boxes.ts';
import { sidesOf } from '../avif/coded-image.ts';
import { dataOf, refuseOverlaps } from '../avif/extents.ts';
import { firstPartOf, isAlpha, propertyOf } from '../avif/item-facts.ts';
import { type Item, readItems } from '../avif/items.ts';
import { decodeWorkOf } from '../avif/work.ts';
import { saidColours } from '../avif/colours.ts';
import { type CodedColours, coloursByNumbers } from '../../coded-colours.ts';
import { coloursOfProfile } from '../icc-colours.ts';
import { PLAIN, type RasterHeader } from '../raster-header.ts';
import { pictureFile } from './picture-file.ts';
import { embeddedThumbnails } from './thumbnails.ts';

/** Of pictures and sequences in HEVC, and of those whose coding only their items tell. */
const BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'];

export function isHeic(bytes: Buffer): boolean {
  if (bytes.length < 12 || bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  // As long as not all of its brands are known, it may be an AVIF.
  if (bytes.length < Math.min(bytes.readUInt32BE(0), 256)) return false;
  return BRANDS.includes(bytes.toString('latin1', 8, 12));
}

/** On one core of 2024, in WebAssembly: of each pixel, and of each coded picture besides. */
const MS_PER_PIXEL = 1e-4;
const MS_PER_PIECE = 0.3;

/**
 * The primary picture of a file. Its sides are those that are said of it: a decoder has to be held to them. How it is
 * turned is left to the decoder.
 */
export function readHeicHeader(bytes: Buffer): RasterHeader {
  const file = pictureFile(bytes);
  const items = readItems(child(file, 'meta', 4));
  refuseOverlaps(items);
  const primary = items.items.get(items.primaryId);
  if (primary === undefined) throw new RangeError('no primary picture');
  const { width, height } = sidesOf(primary, dataOf(primary, file, items));
  const pixelsOf = (item: Item) => {
    const sides = sidesOf(item, dataOf(item, file, items));
    return sides.width * sides.height;
  };
  const work = decodeWorkOf(items, pixelsOf);
  if (work.pieces === 0) throw new RangeError('no coded picture in it');
  const coded = firstPartOf(primary, items) ?? primary;
  const { bitDepth, samplesPerPixel } = codingOf(coded);
  const hasAlpha = [...items.items.values()].some(isAlpha);
  return {
    ...PLAIN,
    format: 'heic',
    width,
    height,
    bitDepth,
    channels: hasAlpha ? 4 : 3,
    hasAlpha,
    samplesPerPixel: samplesPerPixel + (hasAlpha ? 1 : 0),
    colours: coloursOf(primary, coded),
    structureMs:
      Math.max(0, work.pixels - 2 * width * height) * MS_PER_PIXEL + (work.pieces - 1) * MS_PER_PIECE,
    thumbnails: embeddedThumbnails(primary, items),
  };
}

const CHROMA_SAMPLES = [0, 0.5, 1, 2];

/** ISO/IEC 14496-15, 8.3.3.1: chroma and depth are in bytes 16 and 17. */
function codingOf(coded: Item): Pick<RasterHeader, 'bitDepth' | 'samplesPerPixel'> {
  const configuration = propertyOf(coded, 'hvcC');
  if (configuration === undefined) throw new RangeError('not coded in HEVC');
  return {
    bitDepth: 8 + (configuration.readUInt8(17) & 7),
    samplesPerPixel: 1 + (CHROMA_SAMPLES[configuration.readUInt8(16) & 3] ?? 2),
  };
}

/** A profile has precedence over numbers. */
function coloursOf(...items: readonly Item[]): CodedColours | undefined {
  const { numbers, profile } = saidColours(...items);
  if (profile !== undefined) return coloursOfProfile(profile);
  return numbers && coloursByNumbers(numbers.readUInt16BE(4), numbers.readUInt16BE(6), 'avif');
}
