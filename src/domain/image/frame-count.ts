import { asBuffer } from './bytes.ts';
import { walkGif } from './gif-blocks.ts';
import type { ImageFile } from './image-file.ts';
import { picturesOfSequence } from './image-header/avif/sequence.ts';

const ONE = 1;

/**
 * How many frames a whole file has. The parts of the file are walked, and nothing is decoded: it takes time in proportion
 * to their number, and never throws.
 */
export function countFrames({ bytes, format, header }: ImageFile): number {
  if (format === 'gif') return Math.max(ONE, walkGif(asBuffer(bytes)).frames);
  if (!header.animated) return ONE;
  if (format === 'webp') return Math.max(ONE, framesOfWebp(asBuffer(bytes)));
  if (format === 'avif') return Math.max(ONE, picturesOfSequence(asBuffer(bytes)));
  return format === 'png' ? Math.max(ONE, framesOfPng(asBuffer(bytes))) : ONE;
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
