import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const HEADER_END = 33;

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth?: number;
  /** 2 is full colour, 6 has transparency too. */
  readonly colourType?: number;
  readonly interlaced?: boolean;
}

/** A PNG that claims these dimensions and has next to nothing behind its header. */
export function pngHeader({
  width,
  height,
  bitDepth = 8,
  colourType = 2,
  interlaced = false,
}: PngHeader): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', Buffer.alloc(10)), chunk('IEND')]);
}

export function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** With these chunks behind its header. */
export function withChunks(png: Buffer, chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG of one colour, black or transparent, which is really there: a thousandth of its pixels in bytes. */
export function blankPng(header: PngHeader): Buffer {
  const { width, height, bitDepth = 8, colourType = 2, interlaced = false } = header;
  const rowBytes = (columns: number) => 1 + Math.ceil((columns * (CHANNELS[colourType] ?? 1) * bitDepth) / 8);
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1] as const];
  const bytes = passes.reduce((sum, [left, top, across, down]) => {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    return columns > 0 && rows > 0 ? sum + rows * rowBytes(columns) : sum;
  }, 0);
  const png = pngHeader(header);
  const pixels = deflateSync(Buffer.alloc(bytes));
  return Buffer.concat([png.subarray(0, HEADER_END), chunk('IDAT', pixels), chunk('IEND')]);
}

/** Of each pass of an interlaced image: its first column and row, and the steps from there. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** A chunk of a colour profile that says it has so many bytes, and has them: nearly all zero. */
export function profileChunk(bytes: number): Buffer {
  const profile = Buffer.alloc(bytes);
  profile.writeUInt32BE(bytes, 0);
  // Version 4.2, of a display, from RGB to XYZ, with its signature and no tags.
  profile.set(Buffer.from('04200000' + '6d6e7472' + '52474220' + '58595a20', 'hex'), 8);
  profile.write('acsp', 36, 'latin1');
  // The illuminant, D50.
  profile.set(Buffer.from('0000f6d6000100000000d32d', 'hex'), 68);
  return chunk('iCCP', Buffer.concat([Buffer.from('profile\0\0'), deflateSync(profile, { level: 9 })]));
}
