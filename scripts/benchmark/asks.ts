import sharp from 'sharp';
import type { Answer, Ask, Job } from './load.ts';
import type { Source } from './sources.ts';

/** A thumbnail; without a format, the service chooses what the browser takes best. */
export function thumbnail(url: string, size: number, format?: string): Ask {
  const query = new URLSearchParams({ url, size: String(size), ...(format !== undefined && { format }) });
  return { method: 'GET', path: `/thumbnail?${query.toString()}` };
}

/** The form, filled in and sent. */
export function submission(url: string, size: number): Ask {
  const body = new URLSearchParams({ image_url: url, thumbnail_size: String(size) }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', path: '/', headers, body };
}

/** What is wrong with an answer, in a sentence; undefined where it is a thumbnail that was made or found, as it should. */
export function problemOf({ status, headers, body }: Answer, cache: 'hit' | 'miss'): string | undefined {
  if (status !== 200) return `status ${status}: ${body.toString('utf8', 0, 200)}`;
  const said = headers.get('cache-status') ?? '';
  const found = said.includes('; hit') ? 'hit' : said.includes('fwd=') ? 'miss' : 'neither';
  return found === cache ? undefined : `a ${found} instead of a ${cache}`;
}

/** Which way the shorter side was rounded is the encoder's own business. */
export async function imageProblem(
  body: Buffer,
  { size, format }: Job,
  source: Pick<Source, 'width' | 'height'>,
): Promise<string | undefined> {
  const found = await sharp(body).metadata();
  const scale = Math.min(1, size / Math.max(source.width, source.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const [width, height] = [side(source.width), side(source.height)];
  const isRight = Math.abs(found.width - width) <= 1 && Math.abs(found.height - height) <= 1;
  if (isRight && found.format === format) return undefined;
  return `${found.format} ${found.width}×${found.height} instead of ${format} ${width}×${height}`;
}
