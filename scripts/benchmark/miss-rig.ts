import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf, shuffled } from '../kit/random.ts';
import { imageProblem, problemOf, thumbnail } from './asks.ts';
import type { Bench, Subject } from './bench.ts';
import { Child } from './child.ts';
import type { SharpLoop } from './floors/sharp-loop.ts';
import { type Job, type Measured, ask, measure, walk } from './load.ts';
import { SourceHost } from './origin.ts';
import type { Source } from './sources.ts';

/** A thumbnail to be made of a source, and the address of that where it is to be the same as another's. */
export interface Miss extends Job {
  readonly source: Source;
  readonly url?: string;
}

export const SIZES = [64, 128, 256] as const;
export const FORMATS = ['webp', 'jpeg'] as const;

/** One thumbnail of each source in each pass, of sizes and formats in turn. */
export function oneSizeEach(sources: readonly Source[], passes: number, seed: number): Miss[] {
  const random = randomOf(seed);
  return Array.from({ length: passes }, (_, pass) => {
    const jobs = sources.map((source, at) => {
      const [size, format] = [
        SIZES[(at + pass) % SIZES.length] ?? 64,
        FORMATS[(at + pass) % FORMATS.length] ?? 'webp',
      ];
      return { source, size, format };
    });
    return shuffled(jobs, random);
  }).flat();
}

/** Waits as long as a noisy machine may take: what is refused under load is a part of its own. */
const PATIENT = { QUEUE_TIMEOUT: '60s', SOURCE_TIMEOUT: '60s', QUEUE_LIMIT: '1000' };
const PROBLEMS_SHOWN = 3;

/** All that a comparison of misses takes: an origin, the service, and sharp by itself. */
export class MissRig implements AsyncDisposable {
  readonly bench: Bench;
  readonly sources: readonly Source[];
  readonly origin: SourceHost;
  readonly service: Subject;
  /** Undefined where the service is elsewhere: another machine's work is no floor. */
  readonly loop: Child<SharpLoop> | undefined;
  readonly #held: AsyncDisposableStack;

  static async start(
    bench: Bench,
    label: string,
    sources: readonly Source[],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<MissRig> {
    await using held = new AsyncDisposableStack();
    const origin = held.use(await SourceHost.start(sources, bench.options.pace));
    const service = held.use(await bench.start(label, { ...PATIENT, ...settings }));
    // As many decodes at once as the service admits; more are not faster.
    const environment = { UV_THREADPOOL_SIZE: String(availableParallelism() + 1) };
    const module = new URL('floors/sharp-loop.ts', import.meta.url);
    const loop = bench.isLocal
      ? held.use(new Child<SharpLoop>(module, bench.signal, environment))
      : undefined;
    await loop?.call(
      'load',
      sources.map(({ name, bytes }) => ({ name, bytes })),
    );
    const warmUp = oneSizeEach(sources, 1, bench.seed);
    await loop?.call('run', { jobs: warmUp.map(jobOf), concurrency: 4 });
    const rig = new MissRig({ bench, sources, origin, service, loop, held: held.move() });
    await using unfinished = new AsyncDisposableStack();
    unfinished.use(rig);
    const known = bench.faults.length;
    await rig.serve('warming up', warmUp, 4);
    const fault = bench.faults[known];
    if (fault !== undefined) throw new Error(`the service does not make thumbnails: ${fault}`);
    unfinished.move();
    return rig;
  }

  private constructor(
    parts: Pick<MissRig, 'bench' | 'sources' | 'origin' | 'service' | 'loop'> & {
      held: AsyncDisposableStack;
    },
  ) {
    this.bench = parts.bench;
    this.sources = parts.sources;
    this.origin = parts.origin;
    this.service = parts.service;
    this.loop = parts.loop;
    this.#held = parts.held;
  }

  /** The service makes these, in this order. Afterwards, out of what is measured, each answer is looked at. */
  async serve(
    what: string,
    misses: readonly Miss[],
    concurrency: number,
  ): Promise<Measured & { bodies: Buffer[] }> {
    const asked = misses.map((miss) => {
      return { miss, ask: thumbnail(miss.url ?? this.origin.freshUrl(miss.source), miss.size, miss.format) };
    });
    const bodies: Buffer[] = [];
    const problems: string[] = [];
    const answers: (() => Promise<void>)[] = [];
    const measured = await measure(this.service.pid, () =>
      walk(asked.entries(), concurrency, async ([at, { miss, ask: one }]) => {
        const answer = await ask(this.service.url, one);
        answers.push(async () => {
          const problem = problemOf(answer, 'miss') ?? (await imageProblem(answer.body, miss, miss.source));
          if (problem !== undefined) problems.push(`${problem} (${one.path})`);
        });
        bodies[at] = answer.body;
      }),
    );
    for (const check of answers) await check();
    if (problems.length > 0) {
      const some = problems.slice(0, PROBLEMS_SHOWN).join('; ');
      this.bench.fault(`${what}: ${problems.length} wrong answers, such as: ${some}`);
    }
    await sleep(100, undefined, { signal: this.bench.signal });
    return { ...measured, bodies };
  }

  /** The same thumbnails, from sharp by itself and from the service, in turns. `misses` makes those of a round. */
  async compare(
    figure: {
      readonly id: string;
      readonly title: string;
      readonly goal?: number;
      readonly cpuGoal?: number;
    },
    concurrency: number,
    misses: () => readonly Miss[],
  ): Promise<void> {
    const { bench, loop } = this;
    const { delayMs, bytesPerSecond } = bench.options.pace;
    // The floor has its sources in memory: beside a slow network it is no measure of throughput.
    const goal = delayMs > 0 || bytesPerSecond !== undefined ? undefined : figure.goal;
    let list: readonly Miss[] = [];
    const floor = loop && {
      goal,
      title: 'bare sharp',
      run: () => {
        list = misses();
        return measure(loop.pid, () => loop.call('run', { jobs: list.map(jobOf), concurrency }));
      },
    };
    const serve = () => {
      if (floor === undefined) list = misses();
      return this.serve(figure.title, list, concurrency);
    };
    await bench.takeTurns(figure, serve, floor ? [floor] : []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}

/** Without the source's bytes, which the loop has. */
export function jobOf({ source: { name }, size, format }: Miss): Job {
  return { source: { name }, size, format };
}
