import { availableParallelism } from 'node:os';
import { Child } from '../child.ts';
import type { Job } from '../jobs.ts';
import type { Source } from '../sources.ts';
import type { LoopResult, SharpLoopHandlers } from './sharp-loop-process.ts';

/** What misses are held against. */
export class SharpLoop implements AsyncDisposable {
  readonly #child: Child<SharpLoopHandlers>;

  static async start(sources: readonly Source[], signal: AbortSignal): Promise<SharpLoop> {
    const loop = new SharpLoop(signal);
    await loop.#child.call(
      'load',
      sources.map(({ name, bytes }) => ({ name, bytes })),
    );
    return loop;
  }

  private constructor(signal: AbortSignal) {
    this.#child = new Child(new URL('sharp-loop-process.ts', import.meta.url), signal, {
      // As many decodes at once as the service admits; more are not faster.
      UV_THREADPOOL_SIZE: String(availableParallelism() + 1),
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  async run(jobs: readonly Job[], concurrency: number): Promise<LoopResult> {
    return this.#child.call('run', { jobs, concurrency });
  }

  async thumbnail(job: Job): Promise<Uint8Array> {
    return this.#child.call('thumbnail', job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
