import sharp, { type Sharp } from 'sharp';
import { randomOf } from '../kit/random.ts';

/**
 * Layers of noise, each finer and fainter than the one before: as in photographs, most of what there is is broad, and a
 * little of everything goes down to the pixel. So they weigh about as much as photographs do when they are encoded, which
 * smooth gradients do not, and decoders have as much to do. [pixels between two points, strength of light, of colour]
 */
const LAYERS = [
  [256, 50, 18],
  [64, 34, 10],
  [16, 20, 6],
  [4, 14, 4],
  [1, 11, 0],
] as const;

/** The same dimensions give the same pixels with the same libvips. Takes 0.4 s for each megapixel. */
export async function noisePhotograph(width: number, height: number): Promise<Sharp> {
  const random = randomOf(width * 65_537 + height);
  const sum = new Int16Array(width * height * 3).fill(128);
  for (const [distance, light, colour] of LAYERS) await addLayer(sum, width, distance, light, colour, random);
  return sharp(new Uint8ClampedArray(sum), { raw: { width, height, channels: 3 } });
}

/** A window that wanders over a larger picture. Frames differ everywhere, as those of a film do. */
export async function animated(width: number, height: number, frames: number): Promise<Sharp> {
  const scene = noisePhotograph(width + 4 * frames, height + 2 * frames);
  const png = await (await scene).png({ compressionLevel: 1 }).toBuffer();
  const windows = Array.from({ length: frames }, (_, at) =>
    sharp(png)
      .extract({ left: 4 * at, top: 2 * at, width, height })
      .png({ compressionLevel: 1 })
      .toBuffer(),
  );
  return sharp(await Promise.all(windows), { join: { animated: true } });
}

async function addLayer(
  sum: Int16Array,
  width: number,
  distance: number,
  light: number,
  colour: number,
  random: () => number,
): Promise<void> {
  const height = sum.length / 3 / width;
  const points = { width: Math.ceil(width / distance) + 1, height: Math.ceil(height / distance) + 1 };
  const small = Buffer.alloc(points.width * points.height * 3);
  for (let at = 0; at < small.length; at += 3) {
    const brightness = light * bell(random);
    for (let channel = 0; channel < 3; channel += 1) {
      small[at + channel] = clamp(128 + brightness + (colour === 0 ? 0 : colour * bell(random)));
    }
  }
  const layer = await sharp(small, { raw: { ...points, channels: 3 } })
    .resize(width, height, { kernel: 'cubic', fit: 'fill' })
    .raw()
    .toBuffer();
  for (let at = 0; at < layer.length; at += 1) sum[at] = (sum[at] ?? 0) + (layer[at] ?? 0) - 128;
}

/** From -1.5 to 1.5, around 0. */
function bell(random: () => number): number {
  return random() + random() + random() - 1.5;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
