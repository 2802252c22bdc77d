import type { Transfer } from '../../../domain/image/coded-colours.ts';

/** Candela per square metre of what is white on paper, in an image of high dynamic range (ITU-R BT.2408). */
export const REFERENCE_WHITE_NITS = 203;

/**
 * From a sample, 0 to 1, to light. White is 1; of PQ it is the reference white, and of HLG the light is that of the scene.
 */
export function lightOf(transfer: Transfer, sample: number): number {
  switch (transfer) {
    case 'srgb':
      return sample <= 0.04045 ? sample / 12.92 : ((sample + 0.055) / 1.055) ** 2.4;
    case 'smpte-240':
      return sample <= 0.0913 ? sample / 4 : ((sample + 0.1115) / 1.1115) ** (1 / 0.45);
    case 'smpte-428':
      return Math.min(1, (sample ** 2.6 * 52.37) / 48);
    case 'pq':
      return pqNits(sample) / REFERENCE_WHITE_NITS;
    case 'hlg':
      return hlgScene(sample);
    default:
      return sample ** transfer.gamma;
  }
}

/** The other way, for sRGB. */
export function srgbSample(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** SMPTE ST 2084. */
function pqNits(sample: number): number {
  const power = sample ** (32 / 2523);
  const ratio = Math.max(0, power - 3424 / 4096) / (2413 / 128 - (2392 / 128) * power);
  return 10_000 * ratio ** (16_384 / 2610);
}

/** ITU-R BT.2100, table 5. */
function hlgScene(sample: number): number {
  if (sample <= 0.5) return sample ** 2 / 3;
  return (Math.exp((sample - 0.559_910_73) / 0.178_832_77) + 0.284_668_92) / 12;
}
