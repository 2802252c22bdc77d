import type { CodedPicture } from '../../src/domain/image/image-header/avif/still-file.ts';
import { box } from '../../src/domain/image/image-header/avif/still-file.ts';

export interface MinimizedFields {
  readonly alpha?: CodedPicture;
  readonly profile?: Buffer;
  /** Bytes of EXIF, which follow the picture. */
  readonly exifBytes?: number;
  /** By EXIF's numbers. */
  readonly orientation?: number;
  /** Primaries, transfer and matrix. */
  readonly numbers?: readonly [number, number, number];
  /** 0 for grey, 1 for 4:2:0, 3 for 4:4:4. */
  readonly chroma?: 0 | 1 | 3;
  readonly bitDepth?: number;
  readonly isBright?: boolean;
}

/** An AVIF with the short form of headers (ISO/IEC 23008-12, `mini`), of a picture with samples of the full range. */
export function minimizedAvif(picture: CodedPicture, fields: MinimizedFields = {}): Buffer {
  const {
    alpha,
    profile,
    exifBytes = 0,
    orientation = 1,
    numbers,
    chroma = 3,
    bitDepth = 8,
    isBright,
  } = fields;
  const isLarge = Math.max(picture.width, picture.height) > 128;
  const hasMetadata = profile !== undefined || exifBytes > 0;
  const sideBits = isLarge ? 15 : 7;
  const bits = [
    [0, 2],
    [0, 1],
    [0, 1],
    [1, 1],
    [alpha ? 1 : 0, 1],
    [numbers ? 1 : 0, 1],
    [isBright === true ? 1 : 0, 1],
    [profile ? 1 : 0, 1],
    [exifBytes > 0 ? 1 : 0, 1],
    [0, 1],
    [chroma, 2],
    [orientation - 1, 3],
    [isLarge ? 1 : 0, 1],
    [picture.width - 1, sideBits],
    [picture.height - 1, sideBits],
    ...(chroma === 1 ? [[0b11, 2]] : []),
    ...(bitDepth === 8
      ? [[0, 1]]
      : [
          [1, 1],
          [bitDepth - 9, 3],
        ]),
    ...(alpha ? [[0, 1]] : []),
    ...(numbers?.slice(0, chroma === 0 ? 2 : 3).map((number) => [number, 8]) ?? []),
    ...(hasMetadata ? [[1, 1]] : []),
    [1, 1],
    [1, 1],
    ...(profile ? [[profile.length - 1, 20]] : []),
    [picture.configuration.length, 12],
    [picture.data.length - 1, 28],
    ...(alpha
      ? [
          [alpha.data.length, 28],
          [alpha.configuration.length, 12],
        ]
      : []),
    ...(exifBytes > 0
      ? [
          [0, 1],
          [exifBytes - 1, 20],
        ]
      : []),
  ] as [value: number, bits: number][];
  const configuration = withoutChromaPlace(picture.configuration);
  const parts = [configuration, alpha?.configuration, profile, alpha?.data, picture.data];
  const kept = parts.filter((part) => part !== undefined);
  return Buffer.concat([
    box('ftyp', 'mif3avif'),
    box('mini', packed(bits), ...kept, Buffer.alloc(exifBytes)),
  ]);
}

/** Where samples of colour lie, as this header says: browsers refuse a file that says it in two ways. */
function withoutChromaPlace(av1C: Buffer): Buffer {
  const copy = Buffer.from(av1C);
  copy.writeUInt8(copy.readUInt8(2) & ~0b11, 2);
  return copy;
}

/** The highest bit of each number first. */
function packed(numbers: readonly [value: number, bits: number][]): Buffer {
  const text = numbers.map(([value, bits]) => value.toString(2).padStart(bits, '0')).join('');
  const bytes = text.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}
