import { REFERENCE_WHITE_NITS } from './transfer-curves.ts';

/** The brightest light that an image is taken to have which does not say it, and that HLG is shown with. */
const USUAL_PEAK_NITS = 1000;
const USUAL_PEAK = USUAL_PEAK_NITS / REFERENCE_WHITE_NITS;

/** By which the light of a scene is raised for a display of that peak (BT.2100). */
const HLG_GAMMA = 1.2;

/** How far the curve bends towards the corner between its straight part and its end. */
const BEND = 0.65;

/**
 * From the light of an image of high dynamic range to that of a screen without, both in whites: the curve that Chromium
 * has (SMPTE ST 2094-50). Up to the reference white it is straight, the darker the more there is above that, and from
 * there it is a quadratic Bézier curve to 1 at the peak.
 *
 * @param peakNits of the brightest light in the image
 * @returns a function of the light of the brightest channel
 */
export function toneMapping(peakNits: number = USUAL_PEAK_NITS): (light: number) => number {
  const peak = Math.max(1, peakNits / REFERENCE_WHITE_NITS);
  const white = 1 - 0.5 * Math.min(1, Math.log2(peak) / Math.log2(USUAL_PEAK));
  const bend = { x: 1 - BEND + BEND / white, y: (1 - BEND) * white + BEND };
  const a = 1 - 2 * bend.x + peak;
  const b = 2 * bend.x - 2;
  return (light) => {
    if (light <= 1) return light * white;
    if (light >= peak) return 1;
    const t = (Math.sqrt(b * b - 4 * a * (1 - light)) - b) / (2 * a);
    return white * (1 - t) ** 2 + 2 * bend.y * t * (1 - t) + t * t;
  };
}

/** What a display makes of a pixel whose luminance is this, in reference whites, by its scene light. */
export function hlgFactor(luminance: number): number {
  return luminance <= 0 ? 0 : USUAL_PEAK * luminance ** (HLG_GAMMA - 1);
}
