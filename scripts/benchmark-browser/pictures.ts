import sharp, { type Sharp } from 'sharp';
import { type Random, randomOf } from '../kit/random.ts';

/**
 * Landscapes that a program drew: a sky, and ridges before it, the further the paler, with structure at all scales
 * (fractal noise) and the grain of a sensor. They are no photographs, but weigh about as much as such and decode as
 * slowly. The same on any machine.
 */
const PICTURES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'ridge.jpg': () => landscape(1600, 1067, 1).jpeg({ quality: 85 }).toBuffer(),
  'valley.jpg': () => landscape(4000, 3000, 2).jpeg({ quality: 85 }).toBuffer(),
  'summit.jpg': () => landscape(6000, 4000, 3).jpeg({ quality: 80, progressive: true }).toBuffer(),
  'pass.webp': () => landscape(2400, 1600, 4).webp({ quality: 80, effort: 0 }).toBuffer(),
  'cliff.png': () => landscape(1500, 1000, 5).png({ compressionLevel: 3 }).toBuffer(),
  'slope.avif': () => landscape(2000, 1333, 6).avif({ quality: 60, effort: 0 }).toBuffer(),
};

const MEDIA_TYPES: Readonly<Record<string, string>> = { jpg: 'jpeg' };
const TEXTURE_SIDE = 1024;
const RIDGES = 5;

export interface Picture {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Takes some seconds of all cores, and so comes before anything is measured. */
export async function drawPictures(): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const [name, draw] of Object.entries(PICTURES)) {
    const extension = name.slice(name.lastIndexOf('.') + 1);
    pictures.push({ name, type: `image/${MEDIA_TYPES[extension] ?? extension}`, body: await draw() });
  }
  return pictures;
}

function landscape(width: number, height: number, seed: number): Sharp {
  const random = randomOf(seed);
  const texture = fractalTexture(random);
  const skylines = Array.from({ length: RIDGES }, (_, ridge) => skyline(width, height, ridge, random));
  const [warmth, hue] = [random(), random()];
  const pixels = Buffer.alloc(width * height * 3);
  const mask = TEXTURE_SIDE - 1;
  // Broad structure has the size of the picture, fine structure that of its pixels.
  const broadStep = TEXTURE_SIDE / width;
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const broadRow = (Math.floor(y * broadStep) & mask) * TEXTURE_SIDE;
    const fineRow = (y & mask) * TEXTURE_SIDE;
    for (let x = 0; x < width; x += 1) {
      let depth = RIDGES;
      while (depth > 0 && y < (skylines[depth - 1]?.[x] ?? 0)) depth -= 1;
      const nearness = depth / RIDGES;
      const broad = texture[broadRow + (Math.floor(x * broadStep) & mask)] ?? 0;
      const fine = texture[fineRow + ((x + depth * 131) & mask)] ?? 0;
      const grain = (random() - 0.5) * 20;
      const rough = depth === 0 ? broad * 16 + fine * 2 : broad * 10 + fine * (10 + 40 * nearness);
      const light = depth === 0 ? 170 + (60 * y) / height : 190 - 140 * nearness;
      pixels[at] = clamp(light + rough + grain + 30 * warmth - 24 * nearness * hue);
      pixels[at + 1] = clamp(light + rough + grain + 10);
      pixels[at + 2] = clamp(light + rough * 0.8 + grain + 26 - 40 * nearness * (1 - hue * 0.5));
      at += 3;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** The height of a ridge at each column, in pixels from the top. */
function skyline(width: number, height: number, ridge: number, random: Random): Float32Array {
  const line = new Float32Array(width).fill(height * (0.3 + 0.13 * ridge));
  for (let octave = 0; octave < 9; octave += 1) {
    const points = Array.from({ length: 2 ** (octave + 2) + 2 }, () => random() - 0.5);
    const swing = (height * 0.3) / 1.9 ** octave;
    for (let x = 0; x < width; x += 1) {
      const place = (x / width) * (points.length - 2);
      line[x] = (line[x] ?? 0) + swing * between(points, place);
    }
  }
  return line;
}

/** A square that tiles, of values about 0 with a spread of about 1: noise whose power falls with its frequency. */
function fractalTexture(random: Random): Float32Array {
  const texture = new Float32Array(TEXTURE_SIDE * TEXTURE_SIDE);
  for (let cell = 256; cell >= 2; cell /= 2) {
    const cells = TEXTURE_SIDE / cell;
    const grid = Array.from({ length: cells * cells }, () => random() - 0.5);
    const swing = (cell / 256) ** 0.3;
    for (let y = 0; y < TEXTURE_SIDE; y += 1) {
      const [row, down] = [Math.floor(y / cell), ease((y % cell) / cell)];
      const [above, below] = [row * cells, ((row + 1) % cells) * cells];
      for (let x = 0; x < TEXTURE_SIDE; x += 1) {
        const [column, right] = [Math.floor(x / cell), ease((x % cell) / cell)];
        const next = (column + 1) % cells;
        const upper = mix(grid[above + column] ?? 0, grid[above + next] ?? 0, right);
        const lower = mix(grid[below + column] ?? 0, grid[below + next] ?? 0, right);
        const at = y * TEXTURE_SIDE + x;
        texture[at] = (texture[at] ?? 0) + swing * mix(upper, lower, down);
      }
    }
  }
  return texture;
}

function between(points: readonly number[], place: number): number {
  const index = Math.floor(place);
  return mix(points[index] ?? 0, points[index + 1] ?? 0, ease(place - index));
}

function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function ease(part: number): number {
  return part * part * (3 - 2 * part);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
