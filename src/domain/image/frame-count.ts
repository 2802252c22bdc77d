import { asBuffer } from './bytes.ts';
import type { ImageFile } from './image-file.ts';
import { picturesOfSequence } from './image-header/avif/sequence.ts';

const ONE = 1;

/**
 * How many frames a whole file has. The parts of the file are walked, and nothing is decoded: it takes time in proportion
 * to their number, and never throws.
 */
export function countFrames({ bytes, format, header }: ImageFile): number {
  if (format === 'gif') return Math.max(ONE, framesOfGif(asBuffer(bytes)));
  if (!header.animated) return ONE;
  if (format === 'webp') return Math.max(ONE, framesOfWebp(asBuffer(bytes)));
  if (format === 'avif') return Math.max(ONE, picturesOfSequence(asBuffer(bytes)));
  return format === 'png' ? Math.max(ONE, framesOfPng(asBuffer(bytes))) : ONE;
}

const GIF = { extension: 0x21, image: 0x2c, headerBytes: 13, descriptorBytes: 10 } as const;

/** Image descriptors, among extensions; each is followed by blocks of data, up to an empty one. */
function framesOfGif(bytes: Buffer): number {
  let frames = 0;
  let at = GIF.headerBytes + colourTableBytes(bytes[10] ?? 0);
  while (at < bytes.length) {
    const isFrame = bytes[at] === GIF.image;
    if (!isFrame && bytes[at] !== GIF.extension) return frames;
    if (isFrame) frames += 1;
    const dataAt = isFrame ? GIF.descriptorBytes + colourTableBytes(bytes[at + 9] ?? 0) + 1 : 2;
    at += dataAt;
    for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) at += 1 + length;
    at += 1;
  }
  return frames;
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** One ANMF chunk for each frame (RFC 9649, 2.7.1.1). */
function framesOfWebp(bytes: Buffer): number {
  let frames = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    if (bytes.toString('latin1', at, at + 4) === 'ANMF') frames += 1;
    const length = bytes.readUInt32LE(at + 4);
    at += 8 + length + (length & 1);
  }
  return frames;
}

/** The acTL chunk ahead of the pixels says how many. */
function framesOfPng(bytes: Buffer): number {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'acTL') return bytes.readUInt32BE(at + 8);
  }
  return ONE;
}
