import type { CodedColours } from '../coded-colours.ts';
import type { InputFormat } from '../formats.ts';

/** The facts of a header that a decoder's cost and a thumbnail's look depend on. */
export interface RasterHeader {
  readonly format: InputFormat;
  /** Pixels as stored, before the EXIF orientation. Of a container with several images, the largest. Of a drawing, those that browsers give it. */
  readonly width: number;
  /** Pixels as stored. */
  readonly height: number;
  /** EXIF orientation, 1 to 8; 5 to 8 swap width and height. */
  readonly orientation: number;
  /** Bits of one channel's sample; 8 where it is a palette's index. */
  readonly bitDepth: number;
  /** Colours and alpha, as decoded: a palette counts as the colours it holds. */
  readonly channels: number;
  /** Whether a pixel can be transparent. */
  readonly hasAlpha: boolean;
  /** Samples stored for each pixel: 3 for full colour, 1.5 where chroma is halved both ways. */
  readonly samplesPerPixel: number;
  /** Whether the chroma planes of a JPEG have half of its width and height. */
  readonly quarteredChroma: boolean;
  /** Stored in several passes over the whole image, which a decoder must therefore hold in full. */
  readonly progressive: boolean;
  /** Coded without loss: the decoder then holds every pixel of a WebP, and cannot make a JPEG smaller as it decodes. */
  readonly lossless: boolean;
  /** Whether a WebP that is not lossless itself has its transparency coded without loss: four bytes a pixel. */
  readonly losslessAlpha: boolean;
  /** Tables of codes that a WebP's decoder makes; see `LosslessCoding`. */
  readonly codeTables: number;
  readonly animated: boolean;
  /** Frames that are coded one upon the other in a single picture, all of which are decoded. */
  readonly frames: number;
  /** Bytes of colour profile, EXIF and the like, unpacked, which decoders copy about; of a drawing, its tree. */
  readonly metadataBytes: number;
  /**
   * Processor milliseconds that the file's structure makes its decoding take, at most, beyond what its pixels and bytes do:
   * scans over the whole image, tiles that are decoded again and again. Next to nothing of what encoders write.
   */
  readonly structureMs: number;
  /** Parts of the file that a decoder must not be given: what is in them is not needed, and would take it too much. */
  readonly hidden: readonly Span[];
  /** What its samples mean, where that is said by other means than a profile and is not sRGB. */
  readonly colours?: CodedColours | undefined;
  /** Smaller copies of the picture in the file; see `embeddedFor`. */
  readonly thumbnails?: readonly EmbeddedThumbnail[];
  /** Whether the decoder is given a copy that differs from the file; see `stillOf`. */
  readonly isRewritten: boolean;
}

/** A smaller copy of the picture, which cameras write beside it. */
export interface EmbeddedThumbnail {
  /** Of its item in the file. */
  readonly id: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** A part of a file, by positions of bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Of an image with nothing special about it: 8-bit colour in one pass, upright. */
export const PLAIN = {
  orientation: 1,
  bitDepth: 8,
  channels: 3,
  hasAlpha: false,
  samplesPerPixel: 3,
  quarteredChroma: false,
  progressive: false,
  lossless: false,
  losslessAlpha: false,
  codeTables: 0,
  animated: false,
  frames: 1,
  metadataBytes: 0,
  structureMs: 0,
  hidden: [],
  isRewritten: false,
} as const;

/**
 * Steps that a reader takes at most, so that a file made of millions of empty parts costs no more than any other.
 * Photographs have a few dozen parts ahead of their pixels.
 */
const MAX_STEPS = 8192;

/** A function to be called once a step, which refuses to go on at the limit. */
export function stepLimit(most = MAX_STEPS): () => void {
  let left = most;
  return () => {
    left -= 1;
    if (left < 0) throw new RangeError('more parts than any header has');
  };
}
