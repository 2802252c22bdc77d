const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** A limit, in the units that settings take: `1.5 GiB`, `20 MiB`, `512 KiB`, `731 bytes`. */
export function formatBytes(bytes: number): string {
  if (bytes >= GIB) return `${round(bytes / GIB)} GiB`;
  if (bytes >= MIB) return `${round(bytes / MIB)} MiB`;
  if (bytes >= KIB) return `${round(bytes / KIB)} KiB`;
  return `${bytes} bytes`;
}

/** The size of a file, in the units that browsers and file managers show: `1.4 MB`, `8.2 kB`, `731 bytes`. */
export function formatFileSize(bytes: number): string {
  if (bytes >= 1e6) return `${round(bytes / 1e6)} MB`;
  if (bytes >= 1e3) return `${round(bytes / 1e3)} kB`;
  return `${bytes} bytes`;
}

/** Milliseconds as a person reads them: `10 seconds`, `1 second`, `250 milliseconds`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} milliseconds`;
  const seconds = round(milliseconds / 1000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

/** `64, 128 or 256`. */
export function formatChoices(values: readonly (number | string)[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 2 ? String(last) : `${values.slice(0, -1).join(', ')} or ${last}`;
}

const MEGAPIXEL = 1e6;

/**
 * How many pixels something has, and how many it may have, if that is fewer: `50.1 megapixels` and `50`. A limit of less than a
 * megapixel, and what exceeds it, are counted in pixels.
 */
export function formatPixels(has: number, limit: number): readonly [has: string, limit: string] {
  if (limit < MEGAPIXEL) return [`${grouped(has)} pixels`, grouped(Math.floor(limit))];
  const tenths = MEGAPIXEL / 10;
  return [`${Math.ceil(has / tenths) / 10} megapixels`, `${Math.floor(limit / tenths) / 10}`];
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
