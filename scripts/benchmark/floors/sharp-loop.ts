/**
 * The floor of misses, as a process: sharp by itself. Sources are in memory and thumbnails go nowhere; there is no HTTP,
 * no check of what comes in, no limit, and no cache.
 */
import { answerParent } from '../child.ts';
import { type Job, walk } from '../load.ts';
import type { Source } from '../sources.ts';
import { bareThumbnail, tuneSharp } from './bare-thumbnail.ts';

const sources = new Map<string, Uint8Array>();

const handlers = {
  load(given: readonly Pick<Source, 'name' | 'bytes'>[]): void {
    tuneSharp();
    for (const { name, bytes } of given) sources.set(name, bytes);
  },
  /** @returns how long each took, in milliseconds */
  run: ({ jobs, concurrency }: { readonly jobs: readonly Job[]; readonly concurrency: number }) =>
    walk(jobs, concurrency, thumbnail),
  thumbnail,
};
export type SharpLoop = typeof handlers;
answerParent(handlers);

function thumbnail(job: Job): Promise<Buffer> {
  return bareThumbnail(sources.get(job.source.name), job);
}
