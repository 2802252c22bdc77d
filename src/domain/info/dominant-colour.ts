import type { Pixels } from './pixels.ts';

/** Colours are alike where the first four bits of each channel are. */
const SHIFT = 4;
const BINS = 4096;

/** The colour that most of the picture has, as `#rrggbb`: the mean of all that are alike; black where nothing is to be seen. */
export function dominantColourOf({ rgba }: Pixels): string {
  const weights = new Float64Array(BINS);
  for (let at = 0; at < rgba.length; at += 4) {
    const bin = binOf(rgba, at);
    weights[bin] = (weights[bin] ?? 0) + (rgba[at + 3] ?? 0);
  }
  const heaviest = weights.indexOf(Math.max(...weights));
  const sum = [0, 0, 0];
  for (let at = 0; at < rgba.length; at += 4) {
    if (binOf(rgba, at) !== heaviest) continue;
    const alpha = rgba[at + 3] ?? 0;
    for (let channel = 0; channel < 3; channel += 1) {
      sum[channel] = (sum[channel] ?? 0) + alpha * (rgba[at + channel] ?? 0);
    }
  }
  const weight = Math.max(1, weights[heaviest] ?? 0);
  const levels = sum.map((total) => Math.round(total / weight));
  return `#${levels.map((level) => level.toString(16).padStart(2, '0')).join('')}`;
}

function binOf(rgba: Uint8Array, at: number): number {
  const [red = 0, green = 0, blue = 0] = rgba.subarray(at, at + 3);
  return ((red >> SHIFT) << (2 * SHIFT)) | ((green >> SHIFT) << SHIFT) | (blue >> SHIFT);
}
