import type { CodedColours, Primaries } from '../../../domain/image/coded-colours.ts';
import { BT_2020, type Matrix, SRGB, type Triple, conversion, luminances } from './matrices.ts';
import { hlgFactor, toneMapping } from './tone-map.ts';
import { lightOf, srgbSample } from './transfer-curves.ts';

/** Pixels as they were decoded, of 8 or 16 bits a sample. */
export interface CodedPixels {
  readonly samples: Uint8Array | Uint16Array;
  readonly channels: number;
  /** Of a sample that is all there is. */
  readonly maximum: number;
}

/** The pixels in sRGB, 8 bits a sample, of as many channels. */
export function toSrgb({ samples, channels, maximum }: CodedPixels, colours: CodedColours): Uint8Array {
  const converted = new Uint8Array(samples.length);
  const colourCount = channels < 3 ? 1 : 3;
  const codeOf = colours.limitedGrey === true ? fullOf(maximum) : same;
  // Scaling may leave samples a little above the maximum.
  const codes = samples instanceof Uint8Array ? 256 : 65_536;
  const lights = Float64Array.from({ length: codes }, (_, code) =>
    lightOf(colours.transfer, codeOf(Math.min(code, maximum)) / maximum),
  );
  const convert = pixelConversion(colours);
  for (let at = 0; at < samples.length; at += channels) {
    const r = lights[samples[at] ?? 0] ?? 1;
    if (colourCount === 1) {
      converted[at] = encoded(convert([r, r, r])[0]);
      continue;
    }
    const [g, b] = [lights[samples[at + 1] ?? 0] ?? 1, lights[samples[at + 2] ?? 0] ?? 1];
    const light = convert([r, g, b]);
    converted[at] = encoded(light[0]);
    converted[at + 1] = encoded(light[1]);
    converted[at + 2] = encoded(light[2]);
  }
  if (channels !== colourCount) copyAlpha(samples, converted, { channels, maximum }, colours);
  return converted;
}

function copyAlpha(
  from: CodedPixels['samples'],
  to: Uint8Array,
  { channels, maximum }: Omit<CodedPixels, 'samples'>,
  { limitedAlpha = false }: CodedColours,
): void {
  const codeOf = limitedAlpha ? fullOf(maximum) : same;
  for (let at = channels - 1; at < from.length; at += channels) {
    to[at] = Math.round((255 * codeOf(from[at] ?? 0)) / maximum);
  }
}

type Conversion = (light: Triple) => Triple;

/** From light as it was coded to light on a screen of sRGB. */
function pixelConversion(colours: CodedColours): Conversion {
  const { primaries = SRGB, transfer } = colours;
  if (transfer === 'pq' || transfer === 'hlg') return brightConversion(colours, primaries);
  if (primaries === SRGB) return same;
  const matrix = conversion(primaries, SRGB);
  return (light) => times(matrix, light);
}

/** All channels by the same factor, so that hues stay; the brightest one in BT.2020 says which. */
function brightConversion({ transfer, peakNits }: CodedColours, primaries: Primaries): Conversion {
  const [toWide, toScreen] = [conversion(primaries, BT_2020), conversion(BT_2020, SRGB)];
  const [yr, yg, yb] = luminances(primaries);
  const toneMapped = toneMapping(peakNits);
  return ([r, g, b]) => {
    const shown = transfer === 'hlg' ? hlgFactor(yr * r + yg * g + yb * b) : 1;
    const wide = times(toWide, [r * shown, g * shown, b * shown]);
    const brightest = Math.max(...wide);
    if (brightest <= 0) return [0, 0, 0];
    const factor = toneMapped(brightest) / brightest;
    const [x, y, z] = times(toScreen, wide);
    return [x * factor, y * factor, z * factor];
  };
}

function times(matrix: Matrix, [r, g, b]: Triple): Triple {
  const [a = 0, c = 0, d = 0, e = 0, f = 0, h = 0, i = 0, j = 0, k = 0] = matrix;
  return [a * r + c * g + d * b, e * r + f * g + h * b, i * r + j * g + k * b];
}

const STEPS = 65_535;
const SAMPLES = Uint8Array.from({ length: STEPS + 1 }, (_, step) =>
  Math.round(255 * srgbSample(step / STEPS)),
);

function encoded(light: number): number {
  return SAMPLES[light <= 0 ? 0 : light >= 1 ? STEPS : Math.round(light * STEPS)] ?? 255;
}

function same<T>(value: T): T {
  return value;
}

/** From a sample between 16 and 235 of 255 to one of the full range. */
function fullOf(maximum: number): (code: number) => number {
  const [black, range] = [(16 / 256) * (maximum + 1), (219 / 256) * (maximum + 1)];
  return (code) => Math.min(maximum, Math.max(0, ((code - black) / range) * maximum));
}
