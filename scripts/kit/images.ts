import sharp, { type Sharp } from 'sharp';

/**
 * Made-up photographs: broad shades, finer structure and sensor noise, so that they weigh about as much as real ones
 * when encoded. The same dimensions give the same pixels on any machine.
 */
export interface PhotographOptions {
  readonly width: number;
  readonly height: number;
  /** `fade` runs from transparent on the left to opaque on the right. */
  readonly alpha?: 'none' | 'opaque' | 'fade';
}

export function photograph({ width, height, alpha = 'none' }: PhotographOptions): Sharp {
  const channels = alpha === 'none' ? 3 : 4;
  const pixels = Buffer.alloc(width * height * channels);
  const noise = noiseOf(width * 31 + height);
  const [broadX, broadY] = [wave(width, 3), wave(height, 2)];
  const [fineX, fineY] = [wave(width, 41), wave(height, 29)];
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const [broad, fine] = [broadY[y] ?? 0, fineY[y] ?? 0];
    for (let x = 0; x < width; x += 1) {
      const light = 128 + 70 * broad * (broadX[x] ?? 0) + 25 * fine * (fineX[x] ?? 0) + noise();
      const tint = 50 * (broadX[x] ?? 0);
      pixels[at] = clamp(light + tint);
      pixels[at + 1] = clamp(light - 20 * broad);
      pixels[at + 2] = clamp(light - tint);
      if (channels === 4) pixels[at + 3] = alpha === 'opaque' ? 255 : Math.round((255 * x) / width);
      at += channels;
    }
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** One colour all over, which survives any scaling. */
export function plain(width: number, height: number, colour: readonly [number, number, number]): Sharp {
  const [r, g, b] = colour;
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** Four quarters, each of its own colour, from top left clockwise: red, green, blue, yellow. Shows how an image lies. */
export function quarters(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [left, top] = [x < width / 2, y < height / 2];
      const colour = top ? (left ? QUARTERS.red : QUARTERS.green) : left ? QUARTERS.yellow : QUARTERS.blue;
      pixels.set(colour, (y * width + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

export const QUARTERS = {
  red: [200, 30, 40],
  green: [40, 160, 60],
  blue: [40, 60, 190],
  yellow: [220, 200, 50],
} as const;

/** Three frames, each a plain colour: red, green, blue. */
export async function animation(format: 'gif' | 'webp', width: number, height: number): Promise<Buffer> {
  const frames = [QUARTERS.red, QUARTERS.green, QUARTERS.blue].map((colour) =>
    plain(width, height, colour).png().toBuffer(),
  );
  const joined = sharp(await Promise.all(frames), { join: { animated: true } });
  const timing = { delay: [100, 100, 100] };
  return format === 'gif' ? joined.gif(timing).toBuffer() : joined.webp(timing).toBuffer();
}

export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The pixels of an encoded image as 8-bit RGB, or RGBA where it has transparency. */
export async function pixelsOf(image: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(image).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Mean absolute difference of two images' samples, 0 to 255. */
export function meanError(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw new Error(
      `cannot compare ${a.width}x${a.height}x${a.channels} with ${b.width}x${b.height}x${b.channels}`,
    );
  }
  let sum = 0;
  for (let at = 0; at < a.data.length; at += 1) sum += Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
  return sum / a.data.length;
}

function wave(length: number, periods: number): number[] {
  return Array.from({ length }, (_, at) => Math.sin((2 * Math.PI * periods * at) / length + periods));
}

/** A linear congruential generator (Numerical Recipes), as whole numbers from -8 to 7. */
function noiseOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 28) - 8;
  };
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
