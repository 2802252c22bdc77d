import { crc32 } from 'node:zlib';

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
