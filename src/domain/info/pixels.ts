/** A decoded image: rows from the top, 8 bits each of red, green, blue and alpha, which the colours are not multiplied by. */
export interface Pixels {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly rgba: Uint8Array;
}
