/** What a BMP is to say; by default it is bottom-up, with a header of Windows 3. */
export interface BmpFacts {
  readonly width: number;
  /** Negative for rows from the top down. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** Blue, green, red and a spare byte for each colour. */
  readonly palette?: Buffer;
  /** Behind the header, or in a longer one; of red, green and blue, and there of alpha. */
  readonly masks?: readonly number[];
  /** 64 is that of OS/2, 124 the last one of Windows. */
  readonly headerBytes?: number;
  /** In the file, which the last header of Windows can say. */
  readonly profile?: Buffer;
  /** As they are stored. */
  readonly pixels: Buffer;
}

const FILE_HEADER_BYTES = 14;
const HEADER_BYTES = 40;

export function bmpOf(facts: BmpFacts): Buffer {
  const picture = pictureOf(facts);
  const head = Buffer.alloc(FILE_HEADER_BYTES);
  head.write('BM', 'latin1');
  head.writeUInt32LE(head.length + picture.length, 2);
  const behindPixels = facts.pixels.length + (facts.profile?.length ?? 0);
  head.writeUInt32LE(head.length + picture.length - behindPixels, 10);
  return Buffer.concat([head, picture]);
}

/** Without the header of the file, as it is in an icon. */
export function pictureOf(facts: BmpFacts): Buffer {
  const { width, height, bits, compression = 0, palette = Buffer.alloc(0), masks = [], pixels } = facts;
  const { headerBytes = HEADER_BYTES, profile = Buffer.alloc(0) } = facts;
  const header = Buffer.alloc(Math.max(headerBytes, HEADER_BYTES + masks.length * 4));
  header.writeUInt32LE(headerBytes, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(height, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(bits, 14);
  header.writeUInt32LE(compression, 16);
  header.writeUInt32LE(palette.length / 4, 32);
  masks.forEach((mask, at) => header.writeUInt32LE(mask, HEADER_BYTES + at * 4));
  if (profile.length > 0) {
    header.write('DEBM', 56, 'latin1');
    header.writeUInt32LE(header.length + palette.length + pixels.length, 112);
    header.writeUInt32LE(profile.length, 116);
  }
  return Buffer.concat([header, palette, pixels, profile]);
}

/** An icon of these pictures; the directory says of each that it has 16 by 16 pixels. */
export function icoOf(pictures: readonly Buffer[]): Buffer {
  const directory = Buffer.alloc(6 + pictures.length * 16);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(pictures.length, 4);
  let at = directory.length;
  pictures.forEach((picture, index) => {
    const entry = 6 + index * 16;
    directory.fill(16, entry, entry + 2);
    directory.writeUInt16LE(32, entry + 6);
    directory.writeUInt32LE(picture.length, entry + 8);
    directory.writeUInt32LE(at, entry + 12);
    at += picture.length;
  });
  return Buffer.concat([directory, ...pictures]);
}
