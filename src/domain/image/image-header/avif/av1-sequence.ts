import { Bits } from './bits.ts';

/** Of an AV1 stream, what its decoder makes room for. */
export interface Sequence {
  /** Pixels, of the largest frame. */
  readonly width: number;
  /** Pixels, of the largest frame. */
  readonly height: number;
  readonly bitDepth: number;
  /** 1 without colour, 3 with full chroma. */
  readonly samplesPerPixel: number;
}

/** What the samples of an AV1 stream mean (ITU-T H.273). */
export interface SequenceColours {
  /** By number; 2 where the stream does not say. */
  readonly primaries: number;
  /** By number; 2 where the stream does not say. */
  readonly transfer: number;
  /** By number; 2 where the stream does not say. */
  readonly matrix: number;
  /** Whether samples reach from 0 to the highest number. */
  readonly isFullRange: boolean;
  readonly isGrey: boolean;
}

/** Reads a sequence header (AV1, 5.5). */
export function readSequence(header: Buffer): Sequence & { readonly colours: SequenceColours } {
  const bits = new Bits(header);
  const profile = bits.read(3);
  bits.skip(1);
  const isReduced = bits.flag();
  if (isReduced) bits.skip(5);
  else skipOperatingPoints(bits);
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  const [width, height] = [bits.read(widthBits) + 1, bits.read(heightBits) + 1];
  if (!isReduced && bits.flag()) bits.skip(7);
  bits.skip(3);
  if (!isReduced) skipTools(bits);
  bits.skip(3);
  return { width, height, ...readColours(bits, profile) };
}

/** Timing, and what is needed to decode each of several versions of the stream (5.5.1 to 5.5.4). */
function skipOperatingPoints(bits: Bits): void {
  let delayBits: number | undefined;
  if (bits.flag()) {
    bits.skip(64);
    if (bits.flag()) bits.skipVariable();
    if (bits.flag()) {
      delayBits = bits.read(5) + 1;
      bits.skip(42);
    }
  }
  const hasDisplayDelay = bits.flag();
  for (let left = bits.read(5) + 1; left > 0; left -= 1) {
    bits.skip(12);
    if (bits.read(5) > 7) bits.skip(1);
    if (delayBits !== undefined && bits.flag()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
}

/** Which ways of prediction between frames are used. */
function skipTools(bits: Bits): void {
  bits.skip(4);
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.skip(2);
  const forcesScreenTools = bits.flag() || bits.flag();
  if (forcesScreenTools && !bits.flag()) bits.skip(1);
  if (hasOrderHint) bits.skip(3);
}

const BT_709_SRGB_IDENTITY = [1, 13, 0].join();
const UNSAID = 2;

/** Depth, colours and subsampling (5.5.2). */
function readColours(bits: Bits, profile: number) {
  const isDeep = bits.flag();
  const bitDepth = !isDeep ? 8 : profile === 2 && bits.flag() ? 12 : 10;
  const isGrey = profile !== 1 && bits.flag();
  const described = bits.flag() ? [bits.read(8), bits.read(8), bits.read(8)] : [];
  const [primaries = UNSAID, transfer = UNSAID, matrix = UNSAID] = described;
  const isFullRange = (!isGrey && described.join() === BT_709_SRGB_IDENTITY) || bits.flag();
  const colours = { primaries, transfer, matrix, isFullRange, isGrey };
  if (isGrey) return { bitDepth, samplesPerPixel: 1, colours };
  if (profile === 1 || described.join() === BT_709_SRGB_IDENTITY) {
    return { bitDepth, samplesPerPixel: 3, colours };
  }
  if (profile === 0) return { bitDepth, samplesPerPixel: 1.5, colours };
  const halvesWidth = bitDepth < 12 || bits.flag();
  const halvesHeight = bitDepth === 12 && halvesWidth && bits.flag();
  return {
    bitDepth,
    samplesPerPixel: 1 + 2 / ((halvesWidth ? 2 : 1) * (halvesHeight ? 2 : 1)),
    colours,
  };
}
