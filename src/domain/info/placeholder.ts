import { deflateSync } from 'node:zlib';
import { PNG_SIGNATURE, pngChunk } from '../image/png/chunks.ts';
import type { Pixels } from './pixels.ts';

/** Characters of the whole address. */
export const MAX_PLACEHOLDER_LENGTH = 1024;

/** More is not seen once it is blurred. */
const LARGEST_PX = 16;

const RGB = { colourType: 2, samples: 3 } as const;
const RGBA = { colourType: 6, samples: 4 } as const;

/** The picture as a `data:` URI of a tiny PNG: as large as the limit allows, to be shown scaled up until the image is here. */
export function placeholderOf(pixels: Pixels): string {
  for (let longestPx = LARGEST_PX; ; longestPx -= 1) {
    const uri = `data:image/png;base64,${encodePng(shrunk(pixels, longestPx)).toString('base64')}`;
    if (uri.length <= MAX_PLACEHOLDER_LENGTH || longestPx === 1) return uri;
  }
}

/** Each pixel is the mean of those that it covers; transparent ones have no say in its colour. */
function shrunk({ width, height, rgba }: Pixels, longestPx: number): Pixels {
  const scale = Math.min(1, longestPx / Math.max(width, height));
  const target = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const result = new Uint8Array(target.width * target.height * 4);
  for (let y = 0; y < target.height; y += 1) {
    const rows = { from: edge(y, target.height, height), to: edge(y + 1, target.height, height) };
    for (let x = 0; x < target.width; x += 1) {
      const columns = { from: edge(x, target.width, width), to: edge(x + 1, target.width, width) };
      result.set(meanOf(rgba, width, rows, columns), (y * target.width + x) * 4);
    }
  }
  return { ...target, rgba: result };
}

interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

function edge(index: number, parts: number, whole: number): number {
  return Math.round((index * whole) / parts);
}

function meanOf(rgba: Uint8Array, width: number, rows: Range, columns: Range): number[] {
  const sum = [0, 0, 0];
  let alphas = 0;
  for (let y = rows.from; y < rows.to; y += 1) {
    for (let x = columns.from; x < columns.to; x += 1) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray((y * width + x) * 4);
      [red, green, blue].forEach((level, channel) => (sum[channel] = (sum[channel] ?? 0) + level * alpha));
      alphas += alpha;
    }
  }
  const count = (rows.to - rows.from) * (columns.to - columns.from);
  const levels = sum.map((total) => (alphas === 0 ? 0 : Math.round(total / alphas)));
  return [...levels, Math.round(alphas / Math.max(1, count))];
}

function encodePng({ width, height, rgba }: Pixels): Buffer {
  const isOpaque = rgba.every((level, at) => at % 4 !== 3 || level === 255);
  const { colourType, samples } = isOpaque ? RGB : RGBA;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  const row = (y: number) => {
    const whole = rgba.subarray(y * width * 4, (y + 1) * width * 4);
    return [0, ...whole.filter((_, at) => at % 4 < samples)];
  };
  const rows = Buffer.from(Array.from({ length: height }, (_, y) => row(y)).flat());
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([PNG_SIGNATURE, pngChunk('IHDR', header), pngChunk('IDAT', data), pngChunk('IEND')]);
}
