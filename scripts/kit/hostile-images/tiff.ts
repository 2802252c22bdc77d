/** A value of a directory: a number, several of 32 bits, or bytes. */
export type TiffValue = number | readonly number[] | Buffer;

/** A TIFF of these directories, one after the other, each with values by tag (TIFF 6.0, section 2). */
export function hostileTiff(
  directories: readonly Readonly<Record<number, TiffValue>>[],
  data: Buffer = Buffer.alloc(0),
): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0', 'latin1'), u32(8 + data.length), data];
  let at = 8 + data.length;
  directories.forEach((directory, index) => {
    const tags = Object.entries(directory).map(([tag, value]) => [Number(tag), value] as const);
    const headBytes = 2 + 12 * tags.length + 4;
    const values: Buffer[] = [];
    let valueAt = at + headBytes;
    const entries = tags.map(([tag, value]) => {
      if (typeof value === 'number') return Buffer.concat([u16(tag), u16(LONG), u32(1), u32(value)]);
      const bytes = Buffer.isBuffer(value) ? value : Buffer.concat(value.map(u32));
      const [type, count] = Buffer.isBuffer(value) ? [BYTES, value.length] : [LONG, value.length];
      values.push(bytes);
      valueAt += bytes.length;
      return Buffer.concat([u16(tag), u16(type), u32(count), u32(valueAt - bytes.length)]);
    });
    const next = index === directories.length - 1 ? 0 : valueAt;
    parts.push(u16(tags.length), ...entries, u32(next), ...values);
    at = valueAt;
  });
  return Buffer.concat(parts);
}

export const TIFF = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  xmp: 700,
  iptc: 33723,
  profile: 34675,
} as const;

const LONG = 4;
const BYTES = 7;

function u16(value: number): Buffer {
  return Buffer.of(value & 255, value >> 8);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
