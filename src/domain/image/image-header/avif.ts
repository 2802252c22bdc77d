import { PLAIN, type RasterHeader, stepLimit } from './raster-header.ts';

const BRANDS = ['avif', 'avis'];

export function isAvif(bytes: Buffer): boolean {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return false;
  const size = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  // The major brand, then the compatible ones from byte 16 on; what lies between is a version number.
  for (let at = 8; at + 4 <= size; at += 4) {
    if (at !== 12 && BRANDS.includes(bytes.toString('latin1', at, at + 4))) return true;
  }
  return false;
}

/**
 * An upper bound of every image in the file: which properties belong to which image, and how an image is turned, is
 * left to the decoder. It takes the largest `ispe`, the deepest and fullest `av1C`, and counts an alpha plane as one.
 */
export function readAvifHeader(bytes: Buffer): RasterHeader {
  const meta = child(bytes, 'meta', 4);
  const properties = boxes(child(child(meta, 'iprp'), 'ipco'));
  const sizes = properties.filter(({ type }) => type === 'ispe').map(({ body }) => readSize(body));
  const codings = properties.filter(({ type }) => type === 'av1C').map(({ body }) => readCoding(body));
  const hasAlpha = properties.some(({ type, body }) => type === 'auxC' && /alpha|auxid:1/.test(String(body)));
  const colours = Math.max(0, ...codings.map(({ colours }) => colours));
  if (colours === 0) throw new RangeError('no AV1 image in it');
  const samples = Math.max(...codings.map(({ samplesPerPixel }) => samplesPerPixel));
  return {
    ...PLAIN,
    format: 'avif',
    ...sizes.reduce((a, b) => (a.width * a.height < b.width * b.height ? b : a), { width: 0, height: 0 }),
    bitDepth: Math.max(...codings.map(({ bitDepth }) => bitDepth)),
    channels: colours + (hasAlpha ? 1 : 0),
    hasAlpha,
    samplesPerPixel: samples + (hasAlpha ? 1 : 0),
    animated: bytes.toString('latin1', 8, 12) === 'avis',
    metadataBytes: meta.length,
  };
}

function readSize(ispe: Buffer): { width: number; height: number } {
  return { width: ispe.readUInt32BE(4), height: ispe.readUInt32BE(8) };
}

/** AV1 Codec ISO Media File Format Binding, 2.3.3: depth, monochrome and subsampling are flags of the third byte. */
function readCoding(av1C: Buffer): { bitDepth: number; colours: number; samplesPerPixel: number } {
  const flags = av1C.readUInt8(2);
  const bitDepth = (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12;
  if ((flags & 0x10) !== 0) return { bitDepth, colours: 1, samplesPerPixel: 1 };
  const chroma = 2 / ((flags & 0x08 ? 2 : 1) * (flags & 0x04 ? 2 : 1));
  return { bitDepth, colours: 3, samplesPerPixel: 1 + chroma };
}

interface Box {
  readonly type: string;
  readonly body: Buffer;
}

function child(parent: Buffer, type: string, skip = 0): Buffer {
  const found = boxes(parent).find((box) => box.type === type);
  if (found === undefined) throw new RangeError(`no ${type} box`);
  return found.body.subarray(skip);
}

/** The boxes in `bytes` (ISO/IEC 14496-12, 4.2): a size of 0 reaches to the end, 1 means that 64 bits of it follow. */
function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  let at = 0;
  const countStep = stepLimit();
  for (;;) {
    countStep();
    if (at + 8 > bytes.length) return found;
    const short = bytes.readUInt32BE(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : short || bytes.length - at;
    if (size < head) throw new RangeError('a box smaller than its own head');
    found.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      body: bytes.subarray(at + head, at + size),
    });
    at += size;
  }
}
