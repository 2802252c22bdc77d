/**
 * The floor of misses, as a process: sharp by itself. Sources are in memory and thumbnails go nowhere; there is no HTTP,
 * no check of what comes in, no limit, and no cache.
 */
import sharp from 'sharp';
import { encodeAs } from '../../../src/adapters/resize-sharp/encoders.ts';
import { answerParent } from '../child.ts';
import { type Job, walk } from '../load.ts';
import type { Source } from '../sources.ts';

const sources = new Map<string, Uint8Array>();

const handlers = {
  load(given: readonly Pick<Source, 'name' | 'bytes'>[]): void {
    // Like the service: several images at a time use the processors better than several threads for one.
    sharp.concurrency(1);
    sharp.cache(false);
    for (const { name, bytes } of given) sources.set(name, bytes);
  },
  /** @returns how long each took, in milliseconds */
  run: ({ jobs, concurrency }: { readonly jobs: readonly Job[]; readonly concurrency: number }) =>
    walk(jobs, concurrency, thumbnail),
  thumbnail,
};
export type SharpLoop = typeof handlers;
answerParent(handlers);

/** With the service's own settings of that encoder, and no second way tried that might come out smaller. */
async function thumbnail({ source: { name }, size, format }: Job): Promise<Buffer> {
  const options = { width: size, height: size, fit: 'inside', withoutEnlargement: true } as const;
  const image = sharp(sources.get(name), { failOn: 'error', autoOrient: true });
  return encodeAs(image.resize(options), format, { longestPx: size }).toBuffer();
}
