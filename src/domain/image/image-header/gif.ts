import { BLOCK, DESCRIPTOR_BYTES, HEADER_BYTES, colourTableBytes } from '../gif-blocks.ts';
import { PLAIN, type RasterHeader, stepLimit } from './raster-header.ts';

const APPLICATION = 0xff;
const GRAPHIC_CONTROL = 0xf9;

export function isGif(bytes: Buffer): boolean {
  return /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6));
}

/** The canvas, which a first frame that is larger extends, and what the first frame leaves transparent of it. */
export function readGifHeader(bytes: Buffer): RasterHeader {
  let animated = false;
  let hasAlpha = false;
  let at = firstBlockAt(bytes);
  const countStep = stepLimit();
  for (;;) {
    countStep();
    const block = bytes.readUInt8(at);
    if (block === BLOCK.image) {
      const { width, height, bare } = readCanvas(bytes, at);
      const facts = {
        width,
        height,
        channels: 4,
        hasAlpha: hasAlpha || bare,
        samplesPerPixel: 1,
        isRewritten: bare,
      };
      return { ...PLAIN, ...facts, format: 'gif', lossless: true, animated };
    }
    if (block !== BLOCK.extension) throw new RangeError('no frame follows');
    animated ||= isLoop(bytes, at);
    hasAlpha ||= hasTransparentColour(bytes, at);
    at = afterSubBlocks(bytes, at + 2, countStep);
  }
}

/** Position behind the header and the colour table that all frames may share. */
export function firstBlockAt(bytes: Buffer): number {
  return HEADER_BYTES + colourTableBytes(bytes.readUInt8(10));
}

/** Position behind the data of the first frame; beyond the end where some of it is missing. Throws a RangeError. */
export function firstFrameEnd(bytes: Buffer): number {
  const countStep = stepLimit();
  let at = firstBlockAt(bytes);
  while (bytes.readUInt8(at) === BLOCK.extension) at = afterSubBlocks(bytes, at + 2, countStep);
  const table = colourTableBytes(bytes.readUInt8(at + DESCRIPTOR_BYTES - 1));
  // One byte more, the width of a code, stands ahead of the data, which may have any number of blocks.
  return afterSubBlocks(bytes, at + DESCRIPTOR_BYTES + table + 1, () => undefined);
}

/** `frameAt` is where the first frame's descriptor stands. */
function readCanvas(bytes: Buffer, frameAt: number): { width: number; height: number; bare: boolean } {
  const frameWidth = bytes.readUInt16LE(frameAt + 5);
  const frameHeight = bytes.readUInt16LE(frameAt + 7);
  const width = Math.max(bytes.readUInt16LE(6), bytes.readUInt16LE(frameAt + 1) + frameWidth);
  const height = Math.max(bytes.readUInt16LE(8), bytes.readUInt16LE(frameAt + 3) + frameHeight);
  return { width, height, bare: frameWidth < width || frameHeight < height };
}

function hasTransparentColour(bytes: Buffer, at: number): boolean {
  return bytes.readUInt8(at + 1) === GRAPHIC_CONTROL && (bytes.readUInt8(at + 3) & 1) === 1;
}

/** How often to repeat, which every animation but the odd one-shot says ahead of its first frame. */
function isLoop(bytes: Buffer, at: number): boolean {
  return (
    bytes.readUInt8(at + 1) === APPLICATION &&
    /^(NETSCAPE2|ANIMEXTS1)\.0$/.test(bytes.toString('latin1', at + 3, at + 14))
  );
}

function afterSubBlocks(bytes: Buffer, from: number, countStep: () => void): number {
  let at = from;
  for (;;) {
    countStep();
    const length = bytes.readUInt8(at);
    at += 1 + length;
    if (length === 0) return at;
  }
}
