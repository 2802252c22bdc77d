import type { BmpLayout } from '../../../domain/image/image-header/bmp.ts';
import type { PlainPixels } from '../canvas.ts';
import { paletteWriter, writeColour } from './palette.ts';
import { storedRows } from './rows.ts';
import { readRuns } from './runs.ts';

/** Strictly, rows that are missing are an error; leniently, they are transparent. */
export interface BitmapOptions {
  readonly isLenient: boolean;
}

const OPAQUE = 255;

/**
 * Decodes a BMP: RGB, or RGB and alpha where it has that or rows are missing. Alpha that hides all of it is none.
 *
 * @throws RangeError where rows are missing, unless it is lenient
 */
export function decodeBmp(file: Buffer, layout: BmpLayout, options: BitmapOptions): PlainPixels {
  const picture = decodeAsStored(file, layout, options);
  const { pixels } = picture;
  if (layout.masks[3] !== 0 && !showsAnything(pixels))
    for (let at = 3; at < pixels.length; at += 4) pixels[at] = OPAQUE;
  return picture;
}

/** The same, whatever its alpha says. */
export function decodeAsStored(file: Buffer, layout: BmpLayout, { isLenient }: BitmapOptions): PlainPixels {
  const { width, height, masks, coding } = layout;
  const channels = masks[3] === 0 && !isLenient ? 3 : 4;
  const picture = { pixels: new Uint8Array(width * height * channels), width, height, channels } as const;
  const rows = coding === 'plain' ? copyRows(file, layout, picture) : paintRuns(file, layout, picture);
  if (rows < height && !isLenient) throw new RangeError('rows are missing');
  return picture;
}

/** Of RGB and alpha. */
export function showsAnything(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return true;
  return false;
}

/** @returns how many rows are there */
function copyRows(file: Buffer, layout: BmpLayout, { pixels, width, height, channels }: PlainPixels): number {
  const { count, read } = storedRows(file, layout, channels);
  for (let row = 0; row < Math.min(count, height); row += 1) {
    const at = startOf(row, layout, channels);
    if (channels === 4) pixels.fill(OPAQUE, at, at + width * channels);
    read(row, pixels, at);
  }
  return count;
}

/** What the runs leave out is black, as browsers have it, in all rows that have begun. @returns how many are whole */
function paintRuns(
  file: Buffer,
  layout: BmpLayout,
  { pixels, width, height, channels }: PlainPixels,
): number {
  const write = layout.coding === 'rle24' ? writeColour : paletteWriter(file, layout);
  const rows = readRuns(file, layout, (pixel, value) => {
    const column = pixel % width;
    write(value, pixels, startOf((pixel - column) / width, layout, channels) + column * channels);
  });
  for (let row = 0; channels === 4 && row < Math.min(rows + 1, height); row += 1) {
    const at = startOf(row, layout, channels);
    for (let alpha = at + 3; alpha < at + width * channels; alpha += channels) pixels[alpha] = OPAQUE;
  }
  return rows;
}

/** Where a row begins in the picture, by its number in the order of storage. */
function startOf(row: number, { width, height, isTopDown }: BmpLayout, channels: number): number {
  return (isTopDown ? row : height - 1 - row) * width * channels;
}
