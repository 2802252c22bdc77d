import type { InputFormat, OutputFormat } from './formats.ts';

/** An encoded thumbnail, and what is worth knowing of the image that it was made from. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly format: OutputFormat;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly original: Original;
}

export interface Original {
  readonly format: InputFormat;
  /** Pixels, as a viewer shows it: after the EXIF orientation. */
  readonly width: number;
  /** Pixels, as a viewer shows it. */
  readonly height: number;
  /** Size of the file in bytes; undefined where its server did not say, and it was not read to its end. */
  readonly bytes: number | undefined;
  /** Of a file that is damaged or cut short, and shown as far as it can be decoded. */
  readonly isDamaged?: true;
}
