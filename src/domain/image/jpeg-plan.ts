import { type JpegShrink, jpegShrinkFor, largestAfterShrink } from './shrink-on-load.ts';
import { type Sides, type TargetBox, decisiveSide, thumbnailSides } from './target-box.ts';

/** How a JPEG is decoded for a thumbnail. It follows from the image's header and the thumbnail alone. */
export interface JpegPlan {
  /** By how much both sides shrink in the decoder. */
  readonly shrink: JpegShrink;
  /** How much of the image's coefficients that takes. */
  readonly detail: JpegDetail;
  /** Whether an intermediate image is made first; see `sidesAfter`. */
  readonly hasIntermediate: boolean;
}

/**
 * At an eighth, each pixel is the mean of a block, its DC coefficient. Chroma that was halved both ways has a block for
 * four of these pixels: where that is too coarse for the thumbnail, its lowest AC coefficients are needed too.
 */
export type JpegDetail = 'dc' | 'dc-and-chroma' | 'all';

/** Its sides are upright: a turned image fills another box. */
interface JpegFacts extends Sides {
  readonly progressive: boolean;
  /** Whether the chroma planes have half of the image's width and height. */
  readonly quarteredChroma: boolean;
}

/** The intermediate has so many times the thumbnail's side at least, so that scaling it once more is not seen. */
const SPARE = 4 / 3;

/** Chroma is not seen to be coarse while its plane has that many times the thumbnail's side: 43 dB at 1.95, 37 at 1.13. */
const CHROMA_SPARE = 15 / 8;

/** What is cut out of an image is cut out at full size. */
const AT_FULL_SIZE: JpegPlan = { shrink: 1, detail: 'all', hasIntermediate: false };

export function jpegPlanFor(facts: JpegFacts, box: TargetBox): JpegPlan {
  if (box.crop !== undefined) return AT_FULL_SIZE;
  const direct = jpegShrinkFor(ratioFor(facts, box));
  const step = stepFor(facts, box, direct);
  const shrink = step ?? direct;
  const detail = facts.progressive && shrink === 8 ? detailOfEighth(facts, box) : 'all';
  return { shrink, detail, hasIntermediate: step !== undefined };
}

/** Width and height in pixels to which such a step leaves an image: sharp asks the decoder for the step, and scales a little. */
export function sidesAfter({ width, height }: Sides, step: JpegShrink): Sides {
  return { width: largestAfterShrink(width, step), height: largestAfterShrink(height, step) };
}

/** By how much both sides are made smaller at least. */
function ratioFor(facts: Sides, box: TargetBox): number {
  const { width, height } = thumbnailSides(facts, box);
  return Math.min(facts.width / width, facts.height / height);
}

/** The step after which an intermediate image is still large enough; undefined for none. */
function stepFor(facts: JpegFacts, box: TargetBox, direct: JpegShrink): 8 | 4 | 2 | undefined {
  const { sidePx, limitPx } = decisiveSide(facts, box);
  const shortPx = Math.min(facts.width, facts.height);
  const step = ([8, 4, 2] as const).find(
    (each) => shortPx > each && largestAfterShrink(sidePx, each) >= limitPx * SPARE,
  );
  // An eighth of a progressive file is so much less work that it is done again for each thumbnail.
  return facts.progressive && direct === 8 && step !== 8 ? undefined : step;
}

function detailOfEighth(facts: JpegFacts, box: TargetBox): JpegDetail {
  const { sidePx, limitPx } = decisiveSide(facts, box);
  return !facts.quarteredChroma || sidePx / 16 >= limitPx * CHROMA_SPARE ? 'dc' : 'dc-and-chroma';
}
