import { PLAIN, type RasterHeader, type Span } from '../raster-header.ts';
import { child } from './boxes.ts';
import { CodedImages, sidesOf } from './coded-image.ts';
import { readColours, vagueColours } from './colours.ts';
import { dataOf, refuseOverlaps } from './extents.ts';
import { firstOfSequence } from './sequence.ts';
import { isAlpha } from './item-facts.ts';
import { type Items, readItems } from './items.ts';
import { expandedFile, isMinimized } from './minimized.ts';
import { repeatedRange } from './turned-range.ts';
import { decodeWorkOf } from './work.ts';

const BRANDS = ['avif', 'avis'];

export function isAvif(bytes: Buffer): boolean {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  if (isMinimized(bytes)) return true;
  const size = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  // The major brand, then the compatible ones from byte 16 on; what lies between is a version number.
  for (let at = 8; at + 4 <= size; at += 4) {
    if (at !== 12 && BRANDS.includes(bytes.toString('latin1', at, at + 4))) return true;
  }
  return false;
}

/** On one core of 2024: of each pixel, and of each coded image besides, for which a decoder is set up and taken down. */
const MS_PER_PIXEL = 45e-6;
const MS_PER_PIECE = 0.3;

/**
 * An upper bound of every image in the file: how an image is turned or cropped is left to the decoder. It takes the
 * largest sides and the deepest and fullest coding, and counts an alpha plane as one.
 */
export function readAvifHeader(bytes: Buffer): RasterHeader {
  const brand = bytes.toString('latin1', MAJOR_BRAND_AT, MAJOR_BRAND_AT + 4);
  const first = brand === 'avis' ? firstOfSequence(bytes) : undefined;
  const header = readPicture(first ?? (isMinimized(bytes) ? expandedFile(bytes) : bytes));
  return { ...header, animated: brand === 'avis', isRewritten: header.isRewritten || brand !== 'avif' };
}

const MAJOR_BRAND_AT = 8;

function readPicture(bytes: Buffer): RasterHeader {
  const meta = child(bytes, 'meta', 4);
  const items = readItems(meta);
  refuseOverlaps(items);
  const all = [...items.items.values()].map((item) => ({ item, data: dataOf(item, bytes, items) }));
  const streams = new CodedImages();
  const coded = new Map(
    all.filter(({ item }) => item.type === 'av01').map(({ item, data }) => [item, streams.of(item, data)]),
  );
  const work = decodeWorkOf(items, (item) => {
    const { width, height, frames } = coded.get(item) ?? { width: 0, height: 0, frames: 0 };
    return width * height * frames;
  });
  const images = [...coded.values()];
  if (images.length === 0 || work.pieces === 0) throw new RangeError('no AV1 image in it');
  const { width, height } = [...images, ...all.map(({ item, data }) => sidesOf(item, data))].reduce((a, b) =>
    a.width * a.height < b.width * b.height ? b : a,
  );
  const samplesPerPixel = Math.max(...images.map((image) => image.samplesPerPixel));
  const alpha = all.find(({ item }) => isAlpha(item))?.item;
  const hasAlpha = alpha !== undefined;
  // The image and its transparency are decoded anyway.
  const extraPixels = Math.max(0, work.pixels - 2 * width * height);
  return {
    ...PLAIN,
    format: 'avif',
    width,
    height,
    bitDepth: Math.max(...images.map(({ bitDepth }) => bitDepth)),
    channels: (samplesPerPixel > 1 ? 3 : 1) + (hasAlpha ? 1 : 0),
    hasAlpha,
    samplesPerPixel: samplesPerPixel + (hasAlpha ? 1 : 0),
    frames: Math.max(...images.map(({ frames }) => frames)),
    colours: readColours(items, bytes, alpha),
    isRewritten: vagueColours(items).length > 0 || repeatedRange(items, bytes) !== undefined,
    metadataBytes: meta.length,
    structureMs: extraPixels * MS_PER_PIXEL + (work.pieces - 1) * MS_PER_PIECE,
    hidden: metadataIn(items, meta.byteOffset - bytes.byteOffset),
  };
}

/** EXIF, XMP and the like; an image is turned by properties of its own, and nothing else in them is needed. */
const METADATA = ['Exif', 'mime', 'uri '];
const DESCRIBES = 'cdsc';

/** The names by which a decoder finds metadata: four bytes each, of items and of what they describe. */
function metadataIn({ items, references }: Items, metaAt: number): Span[] {
  const names = [
    ...[...items.values()].filter(({ type }) => METADATA.includes(type)),
    ...references.filter(({ type }) => type === DESCRIBES),
  ];
  return names.map(({ typeAt }) => ({ start: metaAt + typeAt, end: metaAt + typeAt + 4 }));
}
