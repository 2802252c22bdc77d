import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { SharpLoop } from '../floors/sharp-loop.ts';
import { type Job, oneSizeEach } from '../jobs.ts';
import type { Generators } from '../load/generators.ts';
import type { LoadRequest, LoadResult } from '../load/plan.ts';
import { type Measured, measure } from '../measure.ts';
import type { Origin } from '../origin.ts';
import { missOf } from '../requests.ts';
import type { Source } from '../sources.ts';
import type { Subject } from '../subject.ts';

/** Waits as long as a noisy machine may take: what is refused under load is a part of its own. */
const PATIENT = { QUEUE_TIMEOUT: '60s', SOURCE_TIMEOUT: '60s', QUEUE_LIMIT: '1000' };

/** All that a comparison of misses takes: an origin, the service, those who ask it, and sharp by itself. */
export class MissRig implements AsyncDisposable {
  readonly bench: Bench;
  readonly sources: readonly Source[];
  readonly origin: Origin;
  readonly service: Subject;
  /** Undefined where the service is elsewhere: another machine's work is no floor. */
  readonly loop: SharpLoop | undefined;
  readonly #generators: Generators;
  readonly #held = new AsyncDisposableStack();
  #rounds = 0;

  static async start(
    bench: Bench,
    label: string,
    sources: readonly Source[],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<MissRig> {
    await using held = new AsyncDisposableStack();
    const origin = held.use(await bench.startOrigin(sources));
    const service = held.use(await bench.startService(label, { ...PATIENT, ...settings }));
    const loop = bench.isLocal ? held.use(await SharpLoop.start(sources, bench.signal)) : undefined;
    const generators = held.use(bench.startGenerators(2));
    const rig = new MissRig({ bench, sources, origin, service, loop, generators });
    await rig.#warmUp();
    rig.#held.use(held.move());
    return rig;
  }

  private constructor(
    parts: Pick<MissRig, 'bench' | 'sources' | 'origin' | 'service' | 'loop'> & {
      readonly generators: Generators;
    },
  ) {
    this.bench = parts.bench;
    this.sources = parts.sources;
    this.origin = parts.origin;
    this.service = parts.service;
    this.loop = parts.loop;
    this.#generators = parts.generators;
  }

  /** Of no two rounds the same. */
  get seed(): number {
    this.#rounds += 1;
    return this.bench.options.seed * 7919 + this.#rounds;
  }

  sourceOf({ source: name }: Job): Source {
    const source = this.sources.find((each) => each.name === name);
    if (source === undefined) throw new RangeError(`there is no source ${name}`);
    return source;
  }

  /** Each job at an address of its own. */
  missesOf(jobs: readonly Job[]): LoadRequest[] {
    return jobs.map((job) => {
      const source = this.sourceOf(job);
      return missOf(this.service, job, source, this.origin.freshUrl(source));
    });
  }

  /** The service answers these, in this order. */
  async serve(what: string, requests: readonly LoadRequest[], concurrency: number): Promise<Measured> {
    const { recorder } = this.bench;
    return measure(this.service.pid, async () =>
      recorder.checked(what, await this.#ask(requests, concurrency)),
    );
  }

  /** What the service answers to these, in this order, one at a time. */
  async bodiesOf(what: string, requests: readonly LoadRequest[]): Promise<Uint8Array[]> {
    const { answers, result } = await this.#generators.answers(this.service.target, requests);
    this.bench.recorder.checked(what, result);
    return answers.map(({ body }) => body);
  }

  /** sharp does these, in this order; undefined where there is no floor. */
  async loopOver(jobs: readonly Job[], concurrency: number): Promise<Measured | undefined> {
    const { loop } = this;
    return loop && measure(loop.pid, () => loop.run(jobs, concurrency));
  }

  /** Lets what is left of a round come to its end, so that the next one does not pay for it. */
  async pause(): Promise<void> {
    await sleep(100, undefined, { signal: this.bench.signal });
  }

  /** @throws Error where the answers are wrong: there is nothing to be measured then */
  async #warmUp(): Promise<void> {
    const jobs = oneSizeEach(this.sources, 1, this.seed);
    await this.loopOver(jobs, 4);
    const { problems } = await this.#ask(this.missesOf(jobs), 4);
    if (problems.length > 0) throw new Error(`the service does not make thumbnails: ${problems.join('; ')}`);
  }

  /** In this order. */
  async #ask(requests: readonly LoadRequest[], concurrency: number): Promise<LoadResult> {
    const mode = { kind: 'closed', concurrency, seconds: undefined } as const;
    return this.#generators.once({ target: this.service.target, requests, mode }, { shuffle: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}
