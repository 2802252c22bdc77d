/** An image as samples, row by row; of three or four channels the first three are red, green and blue. */
interface Samples {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Side of the square window that is compared at a time, in pixels; a smaller image is one window. */
const WINDOW = 8;
const STEP = 2;

/** The constants of the original paper, for samples from 0 to 255. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Mean structural similarity of two images' luma (Wang et al., 2004): 1 where they are the same, 0.99 where nobody sees a
 * difference.
 */
export function ssim(a: Samples, b: Samples): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`cannot compare ${a.width}x${a.height} with ${b.width}x${b.height}`);
  }
  const [lumaA, lumaB] = [lumaOf(a), lumaOf(b)];
  const size = { across: Math.min(WINDOW, a.width), down: Math.min(WINDOW, a.height) };
  let sum = 0;
  let windows = 0;
  for (let y = 0; y + size.down <= a.height; y += STEP) {
    for (let x = 0; x + size.across <= a.width; x += STEP) {
      sum += windowSimilarity(lumaA, lumaB, y * a.width + x, a.width, size);
      windows += 1;
    }
  }
  return sum / windows;
}

function windowSimilarity(
  a: Float64Array,
  b: Float64Array,
  from: number,
  stride: number,
  { across, down }: { readonly across: number; readonly down: number },
): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let row = 0; row < down; row += 1) {
    for (let at = from + row * stride; at < from + row * stride + across; at += 1) {
      const [sampleA, sampleB] = [a[at] ?? 0, b[at] ?? 0];
      sumA += sampleA;
      sumB += sampleB;
      sumAA += sampleA * sampleA;
      sumBB += sampleB * sampleB;
      sumAB += sampleA * sampleB;
    }
  }
  const count = across * down;
  const [meanA, meanB] = [sumA / count, sumB / count];
  const variances = sumAA / count - meanA ** 2 + (sumBB / count - meanB ** 2);
  const covariance = sumAB / count - meanA * meanB;
  return (
    ((2 * meanA * meanB + C1) * (2 * covariance + C2)) / ((meanA ** 2 + meanB ** 2 + C1) * (variances + C2))
  );
}

/** Rec. 601; one channel, or two of which the second is alpha, is luma already. */
function lumaOf({ data, width, height, channels }: Samples): Float64Array {
  const [r, g, b] = channels < 3 ? [1, 0, 0] : [0.299, 0.587, 0.114];
  const luma = new Float64Array(width * height);
  for (let at = 0; at < luma.length; at += 1) {
    const first = at * channels;
    luma[at] = r * (data[first] ?? 0) + g * (data[first + 1] ?? 0) + b * (data[first + 2] ?? 0);
  }
  return luma;
}
