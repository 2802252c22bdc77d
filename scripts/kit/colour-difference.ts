import type { Pixels } from './images.ts';

/** Mean CIE76 colour difference of two images of the same size, in sRGB: below 1 nobody sees it, 3 is seen side by side. */
export function colourDifference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`cannot compare ${a.width}x${a.height} with ${b.width}x${b.height}`);
  }
  const pixels = a.width * a.height;
  let sum = 0;
  for (let index = 0; index < pixels; index += 1) {
    const [labA, labB] = [labAt(a, index), labAt(b, index)];
    sum += Math.hypot(labA[0] - labB[0], labA[1] - labB[1], labA[2] - labB[2]);
  }
  return sum / pixels;
}

type Lab = readonly [lightness: number, a: number, b: number];

function labAt({ data, channels }: Pixels, index: number): Lab {
  const at = index * channels;
  const [r, g, b] = channels < 3 ? [at, at, at] : [at, at + 1, at + 2];
  return labOf(linear(data[r] ?? 0), linear(data[g] ?? 0), linear(data[b] ?? 0));
}

/** By the matrix of sRGB and its white, D65. */
function labOf(r: number, g: number, b: number): Lab {
  const x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function curve(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}

const LINEAR = Float64Array.from({ length: 256 }, (_, code) => {
  const value = code / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

function linear(code: number): number {
  return LINEAR[code] ?? 0;
}
