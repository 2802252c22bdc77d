/** Pixels as a decoder leaves them: rows from the top, upright, no padding. */
export interface DecodedPixels {
  /** 16 bits a sample where they were wanted so. */
  readonly pixels: Uint8Array | Uint16Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** RGB, or RGB and alpha. */
  readonly channels: 3 | 4;
}

export interface PixelDecoderOptions {
  /** Most pixels that the file may turn out to have. */
  readonly maxPixels: number;
  readonly hasAlpha: boolean;
  /** Whether each sample is wanted with 16 bits. */
  readonly isDeep: boolean;
}

/** Decodes a format that libvips does not. */
export interface PixelDecoder {
  /**
   * The pixels may be read until the next call.
   *
   * @throws CorruptImageError where the file cannot be decoded
   * @throws ImageTooLargeError where it has more pixels than that, or takes more memory than there is
   */
  decode(file: Uint8Array, options: PixelDecoderOptions): Promise<DecodedPixels>;
}
