import { Child } from '../child.ts';
import type { GeneratorHandlers } from './generator-process.ts';
import type { ClosedLoop, CollectedAnswer, LoadPlan, LoadRequest, LoadResult, OpenLoop } from './plan.ts';

type Plan = Omit<LoadPlan, 'seed' | 'collect'>;

/** Processes that make requests. Each walks them in an order of its own, and no order is walked twice. */
export class Generators implements AsyncDisposable {
  readonly #children: readonly Child<GeneratorHandlers>[];
  #seed: number;

  constructor(count: number, seed: number, signal: AbortSignal) {
    const module = new URL('generator-process.ts', import.meta.url);
    this.#children = Array.from({ length: count }, () => new Child<GeneratorHandlers>(module, signal));
    this.#seed = seed * 1_000_003;
  }

  /** Each request once: every process has a part of them, in turns. `shuffle` false keeps the order in each part. */
  async once(plan: Plan, { shuffle = true } = {}): Promise<LoadResult> {
    const count = Math.min(this.#children.length, concurrencyOf(plan.mode), plan.requests.length);
    const parts = Array.from({ length: count }, (_, own) => ({
      ...plan,
      requests: plan.requests.filter((_request, at) => at % count === own),
      mode: share(plan.mode, count, own),
    }));
    return this.#run(parts, shuffle);
  }

  /** Any of the requests, over and over, by every process, until time is up. */
  async during(plan: Plan): Promise<LoadResult> {
    const count = Math.min(this.#children.length, concurrencyOf(plan.mode));
    const parts = Array.from({ length: count }, (_, own) => ({
      ...plan,
      mode: share(plan.mode, count, own),
    }));
    return this.#run(parts, true);
  }

  /** The answers themselves, of one request after another. */
  async answers(
    target: LoadPlan['target'],
    requests: readonly LoadRequest[],
  ): Promise<{ readonly answers: readonly CollectedAnswer[]; readonly result: LoadResult }> {
    const mode = { kind: 'closed', concurrency: 1, seconds: undefined } as const;
    const child = this.#childAt(0);
    await child.call('prepare', { target, requests, mode, seed: undefined, collect: true });
    const result = await child.call('run', undefined);
    return { answers: result.answers.toSorted((a, b) => a.index - b.index), result };
  }

  async #run(parts: readonly Plan[], shuffle: boolean): Promise<LoadResult> {
    const prepare = async (part: Plan, at: number) => {
      const child = this.#childAt(at);
      this.#seed += 1;
      await child.call('prepare', { ...part, seed: shuffle ? this.#seed : undefined, collect: false });
      return child;
    };
    const ready = await Promise.all(parts.map(prepare));
    return merge(await Promise.all(ready.map((child) => child.call('run', undefined))));
  }

  #childAt(at: number): Child<GeneratorHandlers> {
    const child = this.#children[at];
    if (child === undefined) throw new RangeError(`there is no generator ${at}`);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child[Symbol.asyncDispose]()));
  }
}

function concurrencyOf(mode: ClosedLoop | OpenLoop): number {
  return mode.kind === 'closed' ? mode.concurrency : Infinity;
}

function share(mode: ClosedLoop | OpenLoop, count: number, own: number): ClosedLoop | OpenLoop {
  if (mode.kind === 'open') return { ...mode, perSecond: mode.perSecond / count };
  return { ...mode, concurrency: Math.floor((mode.concurrency + own) / count) };
}

function merge(results: readonly LoadResult[]): LoadResult {
  const latencies = new Map<number, Float64Array>();
  for (const { latenciesMs } of results) {
    for (const [status, list] of latenciesMs) {
      latencies.set(status, Float64Array.from([...(latencies.get(status) ?? []), ...list]));
    }
  }
  return {
    elapsedMs: Math.max(...results.map(({ elapsedMs }) => elapsedMs)),
    latenciesMs: latencies,
    numbers: Float64Array.from(results.flatMap(({ numbers }) => [...numbers])),
    problems: results.flatMap(({ problems }) => problems),
    problemCount: results.reduce((sum, { problemCount }) => sum + problemCount, 0),
    answers: results.flatMap(({ answers }) => answers),
    cpuMs: results.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
}
