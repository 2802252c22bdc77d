/**
 * libjpeg decodes to a half, a quarter or an eighth of both sides. sharp 0.35 asks for a step only from the next whole
 * number on, against rounding: for an eighth where the image is to be made nine times smaller, for a quarter from five,
 * for a half from three. This is the only place that knows it.
 */
const STEPS = [8, 4, 2] as const;
export type JpegShrink = (typeof STEPS)[number] | 1;

/** By how much sharp has a JPEG shrunk as it is decoded, where both sides are to be made `ratio` times smaller. */
export function jpegShrinkFor(ratio: number): JpegShrink {
  return STEPS.find((step) => Math.floor(ratio) > step) ?? 1;
}

/** The largest side, in pixels, that a side may be reduced to while sharp still asks for this step. */
export function largestAfterShrink(sidePx: number, step: JpegShrink): number {
  return step === 1 ? sidePx : Math.floor(sidePx / (step + 1));
}
