/**
 * The process behind `SharpLoop`: sharp by itself. Sources are in memory and thumbnails go nowhere; there is no HTTP, no
 * check of what comes in, no limit, and no cache.
 */
import sharp from 'sharp';
import { encodeAs } from '../../../src/adapters/resize-sharp/encoders.ts';
import { answerParent } from '../child-side.ts';
import type { Job } from '../jobs.ts';
import type { Source } from '../sources.ts';

export interface LoopResult {
  readonly elapsedMs: number;
  readonly latenciesMs: Float64Array;
}

const handlers = {
  load(given: readonly Pick<Source, 'name' | 'bytes'>[]): void {
    // Like the service: several images at a time use the processors better than several threads for one.
    sharp.concurrency(1);
    sharp.cache(false);
    for (const { name, bytes } of given) sources.set(name, bytes);
  },
  async run({ jobs, concurrency }: { readonly jobs: readonly Job[]; readonly concurrency: number }) {
    const latenciesMs: number[] = [];
    const startedAt = performance.now();
    const rest = jobs.values();
    const walk = async () => {
      for (const job of rest) {
        const askedAt = performance.now();
        await thumbnail(job);
        latenciesMs.push(performance.now() - askedAt);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, walk));
    const result: LoopResult = {
      elapsedMs: performance.now() - startedAt,
      latenciesMs: Float64Array.from(latenciesMs),
    };
    return result;
  },
  thumbnail,
};
export type SharpLoopHandlers = typeof handlers;

const sources = new Map<string, Uint8Array>();
answerParent(handlers);

/** With the service's own settings of that encoder, and no second way tried that might come out smaller. */
async function thumbnail({ source: name, size, format }: Job): Promise<Buffer> {
  const bytes = sources.get(name);
  if (bytes === undefined) throw new Error(`there is no source ${name}`);
  const scaled = sharp(bytes, { failOn: 'error', autoOrient: true }).resize({
    width: size,
    height: size,
    fit: 'inside',
    withoutEnlargement: true,
  });
  return encodeAs(scaled, format, size).toBuffer();
}
