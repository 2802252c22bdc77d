import type { Figure } from './figures.ts';
import type { Measured } from './measure.ts';

/** What was measured round by round, and the floors that took turns with it. */
export interface Beside {
  readonly id: string;
  readonly title: string;
  readonly served: readonly Measured[];
  /** The first is the one for CPU and times; none where the service is elsewhere. */
  readonly floors: readonly FloorRounds[];
  /** Of the CPU for each request, against the first floor. */
  readonly cpuGoal?: number | undefined;
}

export interface FloorRounds {
  readonly title: string;
  readonly measured: readonly Measured[];
  /** Of the throughput. */
  readonly goal?: number | undefined;
}

/** With fewer requests in a round, the slowest hundredth is a single one. */
const P99_FROM = 100;

/** Throughput beside each floor; CPU and times beside the first. */
export function figuresBeside({ id, title, served, floors, cpuGoal }: Beside): Figure[] {
  const [first] = floors;
  const note = served.some(({ heldUp }) => heldUp) ? { note: 'the generator was the bottleneck' } : {};
  const throughputs = (floors.length > 0 ? floors : [undefined]).map((floor, at): Figure => ({
    id: at === 0 ? `${id}.throughput` : `${id}.throughput.${at + 1}`,
    title: at === 0 ? title : '  the same',
    unit: '/s',
    better: 'higher',
    ...roundsOf(served, floor, ({ perSecond }) => perSecond),
    ...(floor?.goal !== undefined && { goal: floor.goal }),
    ...note,
  }));
  const time = (name: string, read: (measured: Measured) => number): Figure => ({
    id: `${id}.${name}`,
    title: `  time, ${name}`,
    unit: 'ms',
    better: 'lower',
    ...roundsOf(served, first, read),
  });
  const cpu: Figure = {
    id: `${id}.cpu`,
    title: '  CPU of each',
    unit: 'ms',
    better: 'lower',
    ...roundsOf(served, first, ({ cpuMs }) => cpuMs),
    ...(first !== undefined && cpuGoal !== undefined && { goal: cpuGoal }),
  };
  return [
    ...throughputs,
    ...(cpu.rounds.some(Number.isNaN) ? [] : [cpu]),
    time('p50', ({ p50Ms }) => p50Ms),
    ...(served.every(({ requests }) => requests >= P99_FROM) ? [time('p99', ({ p99Ms }) => p99Ms)] : []),
  ];
}

function roundsOf(
  served: readonly Measured[],
  floor: FloorRounds | undefined,
  read: (measured: Measured) => number,
): Pick<Figure, 'rounds' | 'floor'> {
  const rounds = served.map(read);
  return floor === undefined
    ? { rounds }
    : { rounds, floor: { title: floor.title, rounds: floor.measured.map(read) } };
}
