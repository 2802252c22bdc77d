import { PLAIN, type RasterHeader, stepLimit } from './raster-header.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const APPLICATION = 0xff;

export function isGif(bytes: Buffer): boolean {
  return /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6));
}

/** The canvas, which a first frame that is larger extends. Whatever a frame leaves bare is transparent. */
export function readGifHeader(bytes: Buffer): RasterHeader {
  let width = bytes.readUInt16LE(6);
  let height = bytes.readUInt16LE(8);
  let animated = false;
  let at = 13 + colourTableLength(bytes.readUInt8(10));
  const countStep = stepLimit();
  for (;;) {
    countStep();
    const block = bytes.readUInt8(at);
    if (block === IMAGE) {
      width = Math.max(width, bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5));
      height = Math.max(height, bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7));
      break;
    }
    if (block !== EXTENSION) throw new RangeError('no frame follows');
    animated ||= isLoop(bytes, at);
    at = afterSubBlocks(bytes, at + 2);
  }
  const alpha = { channels: 4, hasAlpha: true, samplesPerPixel: 1 };
  return { ...PLAIN, ...alpha, format: 'gif', width, height, lossless: true, animated };
}

/** How often to repeat, which every animation but the odd one-shot says ahead of its first frame. */
function isLoop(bytes: Buffer, at: number): boolean {
  return (
    bytes.readUInt8(at + 1) === APPLICATION &&
    /^(NETSCAPE2|ANIMEXTS1)\.0$/.test(bytes.toString('latin1', at + 3, at + 14))
  );
}

function colourTableLength(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function afterSubBlocks(bytes: Buffer, from: number): number {
  let at = from;
  const countStep = stepLimit();
  for (;;) {
    countStep();
    const length = bytes.readUInt8(at);
    at += 1 + length;
    if (length === 0) return at;
  }
}
