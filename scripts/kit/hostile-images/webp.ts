/** A WebP of these chunks (RFC 9649, 2.3). */
export function hostileWebp(chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  return Buffer.concat([Buffer.from('RIFF'), u32(body.length), body]);
}

export function webpChunk(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(type, 'latin1'), u32(body.length), body, Buffer.alloc(body.length & 1)]);
}

export const WEBP_FLAGS = { animation: 0x02, xmp: 0x04, exif: 0x08, alpha: 0x10, profile: 0x20 } as const;

export function vp8x(width: number, height: number, flags = 0): Buffer {
  return webpChunk('VP8X', Buffer.concat([Buffer.of(flags, 0, 0, 0), u24(width - 1), u24(height - 1)]));
}

/** The chunks of a file, each with its head. */
export function chunksOf(webp: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 12; at < webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    chunks.push(webp.subarray(at, at + 8 + length + (length & 1)));
    at += 8 + length + (length & 1);
  }
  return chunks;
}

/** A frame of an animation, at the top left, of these chunks. */
export function anmf(width: number, height: number, chunks: readonly Buffer[]): Buffer {
  const head = Buffer.concat([Buffer.alloc(6), u24(width - 1), u24(height - 1), Buffer.alloc(4)]);
  return webpChunk('ANMF', Buffer.concat([head, ...chunks]));
}

/**
 * Transparency that is stored without loss, in a form for which the decoder holds four bytes a pixel: one colour all over,
 * by codes of no bits (RFC 9649, 2.7.1.2 and 3.7.2.1). The codes have a cache of colours, so that bytes alone do not do.
 */
export function losslessAlpha(): Buffer {
  const bits = new LowBits();
  bits.write(0, 1);
  bits.write(1, 1);
  bits.write(1, 4);
  bits.write(0, 1);
  writeCodes(bits, 5);
  return webpChunk('ALPH', Buffer.concat([Buffer.of(1), bits.bytes()]));
}

/** A lossless picture of one colour, in next to no bytes. */
export function losslessPicture(width: number, height: number, hasAlpha = false): Buffer {
  const bits = losslessHead(width, height, hasAlpha);
  bits.write(0, 1);
  bits.write(0, 1);
  bits.write(0, 1);
  writeCodes(bits, 5);
  return webpChunk('VP8L', bits.bytes());
}

/** A lossless picture with a cache of 2^`cacheBits` colours (3.6.2.3), each of which has a code in each table. */
export function cachedPicture(width: number, height: number, cacheBits: number): Buffer {
  const bits = losslessHead(width, height, false);
  bits.write(0, 1);
  bits.write(1, 1);
  bits.write(cacheBits, 4);
  bits.write(0, 1);
  writeCodes(bits, 5);
  return webpChunk('VP8L', bits.bytes());
}

/** A lossless picture that is predicted by tiles of 16 by 16 pixels (3.5.1), each of four codes of eight bits. */
export function manyPredictions(width: number, height: number): Buffer {
  const bits = losslessHead(width, height, false);
  // A transform, which is that one.
  bits.write(0b001, 3);
  bits.write(2, 3);
  bits.write(0, 1);
  for (const symbols of [280, 256, 256, 256]) writeEvenCode(bits, symbols);
  writeCodes(bits, 1);
  for (let tile = Math.ceil(width / 16) * Math.ceil(height / 16); tile > 0; tile -= 1) bits.write(0, 32);
  // No other transform, no cache, one table.
  bits.write(0, 3);
  writeCodes(bits, 5);
  return webpChunk('VP8L', bits.bytes());
}

/**
 * A lossless picture that has tables of codes of its own for each of up to 65,536 tiles of four by four pixels (3.7.2.2):
 * some bits a table in the file, five kilobytes in the decoder.
 */
export function manyTables(width: number, height: number, tables: number): Buffer {
  const bits = losslessHead(width, height, false);
  bits.write(0, 1);
  bits.write(0, 1);
  bits.write(1, 1);
  // Tiles of 2 to the power of 2.
  bits.write(0, 3);
  const [columns, rows] = [Math.ceil(width / 4), Math.ceil(height / 4)];
  writeTileImage(bits, columns * rows, tables);
  for (let table = 0; table < tables; table += 1) writeCodes(bits, 5);
  return webpChunk('VP8L', bits.bytes());
}

function losslessHead(width: number, height: number, hasAlpha: boolean): LowBits {
  const bits = new LowBits();
  bits.write(0x2f, 8);
  bits.write(width - 1, 14);
  bits.write(height - 1, 14);
  bits.write(hasAlpha ? 1 : 0, 1);
  bits.write(0, 3);
  return bits;
}

/** Simple codes of one symbol, 0: nothing is read for it. */
function writeCodes(bits: LowBits, count: number): void {
  for (let code = 0; code < count; code += 1) bits.write(0b0001, 4);
}

/** Which table each tile has, as a picture: the number in red and green, in codes of eight bits. */
function writeTileImage(bits: LowBits, tiles: number, tables: number): void {
  bits.write(0, 1);
  writeEvenCode(bits, 280);
  writeEvenCode(bits, 256);
  writeCodes(bits, 3);
  for (let tile = 0; tile < tiles; tile += 1) {
    const table = Math.min(tile, tables - 1);
    // Green comes ahead of red, and codes stand with their first bit lowest.
    bits.write(reversed(table & 255), 8);
    bits.write(reversed(table >> 8), 8);
  }
}

/** A normal code in which 256 symbols have eight bits each, and the rest none (3.7.2.1.2). */
function writeEvenCode(bits: LowBits, symbols: number): void {
  bits.write(0, 1);
  // Lengths of code lengths in their own order: 17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8; of 8, and of 18, one bit each.
  bits.write(12 - 4, 4);
  for (const length of [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) bits.write(length, 3);
  bits.write(0, 1);
  // Of two codes of one bit, the lower symbol has 0.
  for (let symbol = 0; symbol < 256; symbol += 1) bits.write(0, 1);
  if (symbols > 256) {
    bits.write(1, 1);
    bits.write(symbols - 256 - 11, 7);
  }
}

function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit += 1) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}

/** Bits, the lowest of each byte first. */
class LowBits {
  readonly #bytes: number[] = [];
  #pending = 0;
  #count = 0;

  write(value: number, bits: number): void {
    for (let bit = 0; bit < bits; bit += 1) {
      this.#pending |= ((value >> bit) & 1) << this.#count;
      this.#count += 1;
      if (this.#count === 8) this.#flush();
    }
  }

  bytes(): Buffer {
    if (this.#count > 0) this.#flush();
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#pending);
    this.#pending = 0;
    this.#count = 0;
  }
}

function u24(value: number): Buffer {
  return Buffer.of(value & 255, (value >> 8) & 255, value >> 16);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
