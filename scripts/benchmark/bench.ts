import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import type { Measured } from './load.ts';
import type { Options } from './options.ts';
import { memoryOf } from '../kit/processes.ts';
import { Service } from './service.ts';
import { type Source, madeSources, sourcesAt, sourcesOf } from './sources.ts';

/** What is measured: a service of our own, or a deployment somewhere. */
export interface Subject extends AsyncDisposable {
  readonly url: string;
  /** Undefined where it does not run here. */
  readonly pid: number | undefined;
  /** Stops it; what it then has to say for itself, its memory for one, is recorded. */
  end(): Promise<void>;
}

/** One who takes turns: the service, or a floor beside it. */
export interface Turn {
  readonly title: string;
  /** Of the ratio of the service to this floor. */
  readonly goal?: number | undefined;
  /** Of the service's CPU to this floor's, where that of the first floor is not all that is looked at. */
  readonly cpuGoal?: number | undefined;
  readonly run: () => Promise<Measured>;
}

/** With fewer requests in a round, the slowest hundredth is a single one. */
const P99_FROM = 100;
const MOST_FAULTS = 50;
const MIB = 1024 * 1024;

/** How much of everything. Rounds are short, so that what else the machine does hits floor and service alike. */
const FULL = {
  rounds: 3,
  starts: 7,
  passes: 8,
  hitSeconds: 1,
  hitRounds: 5,
  overloadSeconds: 10,
  settleSeconds: 5,
};
const QUICK = {
  rounds: 2,
  starts: 2,
  passes: 2,
  hitSeconds: 0.5,
  hitRounds: 3,
  overloadSeconds: 3,
  settleSeconds: 1,
};

/** What every part measures with, and where it records what it has found. */
export class Bench {
  readonly options: Options;
  readonly scale: typeof FULL;
  /** Aborts when somebody wants it to stop; kills every process that was started. */
  readonly signal: AbortSignal;
  readonly figures: Figure[] = [];
  /** Of every process, whichever part has started it. */
  readonly memory: Figure[] = [];
  readonly leftOut: { readonly what: string; readonly why: string }[] = [];
  /** With any, the run has failed. */
  readonly faults: string[] = [];
  #sources: Promise<readonly Source[]> | undefined;
  #seed: number;

  constructor(options: Options, signal: AbortSignal) {
    const { quick, rounds, seed } = options;
    const scale = quick ? QUICK : FULL;
    this.options = options;
    this.scale = rounds === undefined ? scale : { ...scale, rounds, hitRounds: rounds };
    this.signal = signal;
    this.#seed = seed * 1_000_003;
  }

  /** Whether the service runs on this machine, where floors can run beside it. */
  get isLocal(): boolean {
    return this.options.testUrl === undefined;
  }

  /** For an order that no round has had before. */
  get seed(): number {
    return this.#seed++;
  }

  /** Read or made when the first part asks for them. */
  async sources(): Promise<readonly Source[]> {
    const { sources, urls } = this.options;
    const say = (text: string) => console.log(text);
    if (urls !== undefined) return (this.#sources ??= sourcesAt(urls, say, this.signal));
    return (this.#sources ??= sources === undefined ? madeSources(say) : sourcesOf(sources, say));
  }

  /** With these settings, and over them those that the user has set. A deployment is what it is. */
  async start(label: string, settings: Readonly<Record<string, string>> = {}): Promise<Subject> {
    const { testUrl } = this.options;
    const nothing = () => Promise.resolve();
    if (testUrl !== undefined)
      return { url: new URL(testUrl).origin, pid: undefined, end: nothing, [Symbol.asyncDispose]: nothing };
    const service = await Service.start({ ...settings, ...this.options.settings }, this.signal);
    const end = async () => {
      await sleep(this.scale.settleSeconds * 1000, undefined, { signal: this.signal });
      this.#recordMemory(label, await memoryOf(service.pid));
      for (const fault of await service.stop()) this.fault(`${label}: ${fault}`);
    };
    return {
      url: service.url,
      pid: service.pid,
      end,
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
  }

  /** @throws Error where so much is wrong that there is nothing to be measured */
  fault(text: string): void {
    this.faults.push(text);
    if (this.faults.length > MOST_FAULTS) throw new Error(`nothing works: ${this.faults[0] ?? ''}`);
  }

  leaveOut(what: string, why: string): void {
    if (!this.leftOut.some((other) => other.what === what)) this.leftOut.push({ what, why });
  }

  record(
    id: string,
    title: string,
    unit: string,
    rounds: readonly number[],
    more: Partial<Figure> = {},
  ): void {
    this.figures.push({ id, title, unit, rounds, better: 'lower', ...more });
  }

  /** Floors and service in turns, A B A B; recorded are the throughput beside each floor, CPU and times beside the first. */
  async takeTurns(
    {
      id,
      title,
      cpuGoal,
    }: { readonly id: string; readonly title: string; readonly cpuGoal?: number | undefined },
    service: Turn['run'],
    floors: readonly Turn[],
    rounds = this.scale.rounds,
  ): Promise<void> {
    const turns = [...floors, { title, run: service }].map((turn) => ({ ...turn, rounds: [] as Measured[] }));
    for (let round = 0; round < rounds; round += 1) {
      for (const { run, rounds: measured } of turns) measured.push(await run());
    }
    const served = turns.pop()?.rounds ?? [];
    this.recordBeside({ id, title, cpuGoal }, served, turns);
  }

  recordBeside(
    {
      id,
      title,
      cpuGoal,
    }: { readonly id: string; readonly title: string; readonly cpuGoal?: number | undefined },
    served: readonly Measured[],
    floors: readonly (Omit<Turn, 'run'> & { readonly rounds: readonly Measured[] })[],
  ): void {
    const [first] = floors;
    const beside = (read: (measured: Measured) => number, floor = first) =>
      floor && { floor: { title: floor.title, rounds: floor.rounds.map(read) } };
    const add = (
      name: string,
      text: string,
      unit: string,
      read: (measured: Measured) => number,
      goal?: number,
      floor = first,
    ) => this.record(`${id}.${name}`, text, unit, served.map(read), { goal, ...beside(read, floor) });
    const note = served.some(({ heldUp }) => heldUp) ? 'the generator was the bottleneck' : undefined;
    const perSecond = (measured: Measured) => measured.perSecond;
    for (const [at, floor] of (first ? floors : [undefined]).entries()) {
      const name = `${id}.throughput${at === 0 ? '' : `.${at + 1}`}`;
      const facts = { note, goal: floor?.goal, better: 'higher', ...beside(perSecond, floor) } as const;
      this.record(name, at === 0 ? title : '  the same', '/s', served.map(perSecond), facts);
    }
    if (served.every(({ cpuMs }) => !Number.isNaN(cpuMs))) {
      add('cpu', '  CPU of each', 'ms', ({ cpuMs }) => cpuMs, first && cpuGoal);
      for (const floor of floors.filter((other) => other.cpuGoal !== undefined)) {
        const name = `cpu.${floors.indexOf(floor) + 1}`;
        add(name, '  the same', 'ms', ({ cpuMs }) => cpuMs, floor.cpuGoal, floor);
      }
    }
    add('p50', '  time, p50', 'ms', ({ p50Ms }) => p50Ms);
    if (served.every(({ requests }) => requests >= P99_FROM))
      add('p99', '  time, p99', 'ms', ({ p99Ms }) => p99Ms);
  }

  #recordMemory(label: string, { peakBytes, residentBytes }: Awaited<ReturnType<typeof memoryOf>>): void {
    if (Number.isNaN(peakBytes)) {
      this.leaveOut('memory', 'there is no /proc here');
      return;
    }
    const id = `memory.${label.replaceAll(/\W+/g, '-')}`;
    const facts = { unit: 'MiB', better: 'lower' } as const;
    this.memory.push(
      { ...facts, id: `${id}.peak`, title: `${label}: highest`, rounds: [peakBytes / MIB] },
      { ...facts, id: `${id}.final`, title: '  at the end', rounds: [residentBytes / MIB] },
    );
  }
}
