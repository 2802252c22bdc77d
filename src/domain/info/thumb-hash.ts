import type { Pixels } from './pixels.ts';

/** The longest side of an image that a ThumbHash is made of, in pixels. */
export const MAX_THUMB_HASH_PX = 100;

/** A channel's lowest frequencies: its mean, and the others relative to the strongest of them, as 0 to 1. */
interface Frequencies {
  readonly mean: number;
  readonly others: readonly number[];
  readonly scale: number;
}

/**
 * A picture in some 25 bytes (https://evanw.github.io/thumbhash/). The bytes are those of the reference implementation,
 * and so is the order of all arithmetic that rounding depends on.
 */
export function thumbHashOf({ width, height, rgba }: Pixels): Uint8Array {
  const channels = channelsOf(rgba, width * height);
  const lumaPx = channels.hasAlpha ? 5 : 7;
  const longest = Math.max(width, height);
  const across = Math.max(1, Math.round((lumaPx * width) / longest));
  const down = Math.max(1, Math.round((lumaPx * height) / longest));
  const encode = (channel: Float64Array, nx: number, ny: number) =>
    frequenciesOf(channel, { width, height }, nx, ny);
  const luma = encode(channels.luma, Math.max(3, across), Math.max(3, down));
  const yellowBlue = encode(channels.yellowBlue, 3, 3);
  const redGreen = encode(channels.redGreen, 3, 3);
  const alpha = channels.hasAlpha ? encode(channels.alpha, 5, 5) : undefined;
  const isLandscape = width > height;
  const { round } = Math;
  const head24 =
    round(63 * luma.mean) |
    (round(31.5 + 31.5 * yellowBlue.mean) << 6) |
    (round(31.5 + 31.5 * redGreen.mean) << 12) |
    (round(31 * luma.scale) << 18) |
    (Number(channels.hasAlpha) << 23);
  const head16 =
    (isLandscape ? down : across) |
    (round(63 * yellowBlue.scale) << 3) |
    (round(63 * redGreen.scale) << 9) |
    (Number(isLandscape) << 15);
  const hash = [head24 & 255, (head24 >> 8) & 255, head24 >> 16, head16 & 255, head16 >> 8];
  if (alpha !== undefined) hash.push(round(15 * alpha.mean) | (round(15 * alpha.scale) << 4));
  const all = [luma, yellowBlue, redGreen, ...(alpha === undefined ? [] : [alpha])];
  const nibbles = all.flatMap(({ others }) => others.map((other) => round(15 * other)));
  for (let at = 0; at < nibbles.length; at += 2)
    hash.push((nibbles[at] ?? 0) | ((nibbles[at + 1] ?? 0) << 4));
  return Uint8Array.from(hash);
}

/** Lightness, two colour differences and alpha, laid on the mean colour where it is transparent. */
function channelsOf(rgba: Uint8Array, count: number) {
  const [luma, yellowBlue, redGreen, alpha] = [0, 1, 2, 3].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { mean, coverage } = meanOf(rgba, count);
  for (let index = 0; index < count; index += 1) {
    const opacity = (rgba[index * 4 + 3] ?? 0) / 255;
    const [red, green, blue] = mean.map(
      (level, channel) => level * (1 - opacity) + (opacity / 255) * (rgba[index * 4 + channel] ?? 0),
    ) as [number, number, number];
    luma[index] = (red + green + blue) / 3;
    yellowBlue[index] = (red + green) / 2 - blue;
    redGreen[index] = red - green;
    alpha[index] = opacity;
  }
  return { luma, yellowBlue, redGreen, alpha, hasAlpha: coverage < count };
}

/** The mean colour, weighted by alpha, and the sum of all alphas. */
function meanOf(rgba: Uint8Array, count: number) {
  const sum = [0, 0, 0];
  let coverage = 0;
  for (let at = 0; at < count * 4; at += 4) {
    const opacity = (rgba[at + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel += 1) {
      sum[channel] = (sum[channel] ?? 0) + (opacity / 255) * (rgba[at + channel] ?? 0);
    }
    coverage += opacity;
  }
  return { mean: coverage === 0 ? sum : sum.map((total) => total / coverage), coverage };
}

/** A discrete cosine transform, of which the upper left triangle of `nx` by `ny` is kept. */
function frequenciesOf(
  channel: Float64Array,
  { width, height }: Omit<Pixels, 'rgba'>,
  nx: number,
  ny: number,
): Frequencies {
  const others: number[] = [];
  let mean = 0;
  let scale = 0;
  const wave = new Float64Array(width);
  for (let cy = 0; cy < ny; cy += 1) {
    for (let cx = 0; cx * ny < nx * (ny - cy); cx += 1) {
      for (let x = 0; x < width; x += 1) wave[x] = Math.cos((Math.PI / width) * cx * (x + 0.5));
      let sum = 0;
      for (let y = 0; y < height; y += 1) {
        const fall = Math.cos((Math.PI / height) * cy * (y + 0.5));
        for (let x = 0; x < width; x += 1) sum += (channel[x + y * width] ?? 0) * (wave[x] ?? 0) * fall;
      }
      const strength = sum / (width * height);
      if (cx === 0 && cy === 0) mean = strength;
      else others.push(strength);
      if (cx > 0 || cy > 0) scale = Math.max(scale, Math.abs(strength));
    }
  }
  const relative = scale === 0 ? others : others.map((strength) => 0.5 + (0.5 / scale) * strength);
  return { mean, others: relative, scale };
}
