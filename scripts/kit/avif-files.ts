import { readAv1 } from '../../src/domain/image/image-header/avif/av1.ts';
import { bodyOf, boxes, child } from '../../src/domain/image/image-header/avif/boxes.ts';
import { dataOf } from '../../src/domain/image/image-header/avif/extents.ts';
import { isAlpha } from '../../src/domain/image/image-header/avif/item-facts.ts';
import { type Item, type Items, readItems } from '../../src/domain/image/image-header/avif/items.ts';
import { CODECS, type CodedPicture } from '../../src/domain/image/image-header/avif/still-file.ts';

/** What an AVIF or a HEIC of one picture has coded in it. */
export function codedPictureOf(file: Buffer, codec: CodedPicture['codec'] = 'av01'): CodedPicture {
  const items = readItems(child(file, 'meta', 4));
  return codedPicture(items.items.get(items.primaryId), items, file, codec);
}

/** What an AVIF has coded of its transparency: a picture of greys, which sharp makes no other of. */
export function codedTransparencyOf(file: Buffer): CodedPicture {
  const items = readItems(child(file, 'meta', 4));
  return codedPicture([...items.items.values()].find(isAlpha), items, file, 'av01');
}

function codedPicture(
  item: Item | undefined,
  items: Items,
  file: Buffer,
  codec: CodedPicture['codec'],
): CodedPicture {
  if (item === undefined) throw new Error('no such item');
  const ispe = bodyOf(item.properties, 'ispe');
  return {
    codec,
    width: ispe.readUInt32BE(4),
    height: ispe.readUInt32BE(8),
    configuration: bodyOf(item.properties, CODECS[codec].configuration),
    data: dataOf(item, file, items),
  };
}

/** The body of a `colr` box that says what colours mean by numbers (ITU-T H.273). */
export function nclx(primaries: number, transfer: number, { matrix = 6, isFullRange = true } = {}): Buffer {
  const body = Buffer.from('nclx\0\0\0\0\0\0\0');
  body.writeUInt16BE(primaries, 4);
  body.writeUInt16BE(transfer, 6);
  body.writeUInt16BE(matrix, 8);
  body.writeUInt8(isFullRange ? 0x80 : 0, 10);
  return body;
}

/** The same file with a track of pictures behind it, as an image sequence has it, under the brand `avis`. */
export function avifSequence(still: Buffer, pictures: readonly CodedPicture[]): Buffer {
  const [first] = pictures;
  if (first === undefined) throw new Error('no pictures');
  const [brand, ...others] = boxes(still);
  if (brand === undefined) throw new Error('no brand');
  const head = Buffer.from(still);
  head.write('avis', 8, 'latin1');
  const moovBytes = movie(pictures, first, 0).length;
  const samplesAt = head.length + moovBytes + 8;
  if (others.length === 0) throw new Error('no picture beside the sequence');
  return Buffer.concat([
    head,
    movie(pictures, first, samplesAt),
    box('mdat', ...pictures.map(({ data }) => data)),
  ]);
}

/** A sequence in HEVC, without a picture beside it. */
export function heicSequence(first: CodedPicture): Buffer {
  const brand = box('ftyp', Buffer.from('hevc'), words(0), Buffer.from('hevcmsf1'));
  const samplesAt = brand.length + movie([first], first, 0).length + 8;
  return Buffer.concat([brand, movie([first], first, samplesAt), box('mdat', first.data)]);
}

function movie(pictures: readonly CodedPicture[], first: CodedPicture, samplesAt: number): Buffer {
  const place = Buffer.alloc(78);
  place.writeUInt16BE(1, 6);
  place.writeUInt16BE(first.width, 24);
  place.writeUInt16BE(first.height, 26);
  const entry = box(first.codec, place, box(CODECS[first.codec].configuration, first.configuration));
  const samples = box(
    'stbl',
    box('stsd', words(0, 1), entry),
    box('stsz', words(0, 0, pictures.length, ...pictures.map(({ data }) => data.length))),
    box('stsc', words(0, 1, 1, pictures.length, 1)),
    box('stco', words(0, 1, samplesAt)),
    box('stts', words(0, 1, pictures.length, 1)),
  );
  const handler = box('hdlr', words(0, 0), Buffer.from('pict'), Buffer.alloc(13));
  const mediaHeader = box('mdhd', words(0, 0, 0, 10, pictures.length, 0));
  return box('moov', box('trak', box('mdia', mediaHeader, handler, box('minf', samples))));
}

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
  return bytes;
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([words(body.length + 8), Buffer.from(type, 'latin1'), body]);
}

/** The same picture whose stream says that its samples reach from 16 to 235. */
export function withLimitedRange(picture: CodedPicture): CodedPicture {
  return { ...picture, data: limited(picture.data, 0), configuration: limited(picture.configuration, 4) };
}

/** Turns the one bit of the sequence header that says so, wherever it is. */
function limited(stream: Buffer, from: number): Buffer {
  const before = readAv1(stream.subarray(from));
  if (before.colours?.isFullRange !== true) return stream;
  const expected = JSON.stringify({ ...before, colours: { ...before.colours, isFullRange: false } });
  for (let bit = from * 8; bit < stream.length * 8; bit += 1) {
    const changed = Buffer.from(stream);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (0x80 >> (bit & 7)), bit >> 3);
    if (outcomeOf(changed.subarray(from)) === expected) return changed;
  }
  throw new Error('no bit says the range');
}

function outcomeOf(stream: Buffer): string | undefined {
  try {
    return JSON.stringify(readAv1(stream));
  } catch {
    return undefined;
  }
}
