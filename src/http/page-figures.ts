import type { InputFormat } from '../domain/formats.ts';
import type { Timings } from '../domain/thumbnail-service.ts';

const FORMAT_NAMES: Readonly<Record<InputFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  gif: 'GIF',
  avif: 'AVIF',
  tiff: 'TIFF',
  svg: 'SVG',
};

export function formatName(format: InputFormat): string {
  return FORMAT_NAMES[format];
}

/**
 * What a person calls the image: the last part of its path, or its host where the path is empty.
 *
 * @throws TypeError when it is not an http(s) address
 */
export function imageName(imageUrl: string): string {
  const url = URL.parse(imageUrl);
  // Escaping does nothing against `javascript:`.
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TypeError('imageUrl is not an http(s) address');
  const last = url.pathname.split('/').findLast((part) => part !== '');
  return last === undefined ? url.host : abridge(decode(last));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign on its own is legal in a path; the name is then shown as it is.
    return part;
  }
}

/** Keeps both ends of a long name; the whole of it stands in the address below. */
function abridge(name: string): string {
  const characters = Array.from(name);
  if (characters.length <= 60) return name;
  return `${characters.slice(0, 40).join('')}…${characters.slice(-16).join('')}`;
}

/** `99.4%`, rounded down so that nothing seems to weigh nothing; `nothing` where the thumbnail is not smaller. */
export function savedPart(originalBytes: number, thumbnailBytes: number): string {
  const percent = Math.floor((1 - thumbnailBytes / originalBytes) * 1000) / 10;
  return percent > 0 ? `${percent}%` : 'nothing';
}

export interface Stage {
  readonly id: 'cache' | 'fetch' | 'resize' | 'rest';
  readonly label: string;
  readonly ms: number;
  /** Where its part of the bar begins, and how long that is, in per cent. */
  readonly from: number;
  readonly share: number;
}

/**
 * What the time was spent on, in order. Together the stages may exceed the processing time: who comes while the
 * thumbnail is being made waits for a part of them only.
 */
export function stagesOf({ cacheMs, fetchMs = 0, resizeMs = 0 }: Timings, processingTimeMs: number): Stage[] {
  const known = cacheMs + fetchMs + resizeMs;
  // The processing time is in whole milliseconds, so that the remainder is no more exact.
  const rest = Math.max(0, Math.round(processingTimeMs - known));
  const total = known + rest;
  let spent = 0;
  const stage = (id: Stage['id'], label: string, ms: number): Stage => {
    const from = percentOf(spent, total);
    spent += ms;
    return { id, label, ms, from, share: percentOf(spent, total) - from };
  };
  return [
    stage('cache', 'Cache look-up', cacheMs),
    stage('fetch', 'Download', fetchMs),
    stage('resize', 'Resize', resizeMs),
    stage('rest', 'Everything else', rest),
  ].filter(({ id, ms }) => id === 'cache' || ms > 0);
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100);
}

export function formatMilliseconds(ms: number): string {
  if (ms < 0.05) return 'under 0.1 ms';
  return ms < 10 ? `${Math.round(ms * 10) / 10} ms` : `${Math.round(ms)} ms`;
}
