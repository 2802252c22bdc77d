import type { InputFormat } from './formats.ts';

/** What is known of an image. */
export interface ImageInfo extends HeaderInfo, PixelInfo {
  /** 1 where it is no animation. */
  readonly frames: number;
}

/** What its header says. */
export interface HeaderInfo {
  readonly format: InputFormat;
  /** Pixels, as a viewer shows it: after the EXIF orientation. */
  readonly width: number;
  /** Pixels, as a viewer shows it. */
  readonly height: number;
  /** Size of the file; null where its server did not say, and it was not read to its end. */
  readonly bytes: number | null;
  /** Whether a pixel can be transparent. */
  readonly hasAlpha: boolean;
}

/** What takes its pixels to tell. */
export interface PixelInfo {
  /** The dominant colour, as `#rrggbb`. */
  readonly color: string;
  /** base64 of its ThumbHash. */
  readonly thumbhash: string;
  /** A tiny picture as a `data:` URI. */
  readonly placeholder: string;
}

/** An info as far as it was asked for. */
export type KnownInfo = HeaderInfo & Partial<ImageInfo>;
