/** One thing that was measured, once in each round, and the same of the floor beside it. */
export interface Figure {
  /** Stays the same from run to run: `misses.c8.throughput`. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly rounds: readonly number[];
  readonly floor?: { readonly title: string; readonly rounds: readonly number[] };
  /** What we want of the ratio to the floor, or of the figure itself where it has none. */
  readonly goal?: number;
  /** What a reader has to know of this one. */
  readonly note?: string;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Above this part of the median, the distance of the extremes says that the machine was busy with something else. */
const NOISY_FROM = 0.25;

/** @throws RangeError where there is none */
export function summarise(rounds: readonly number[]): Summary {
  const sorted = rounds.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError('a figure without a single round');
  return { median: quantile(sorted, 0.5), min, max };
}

/** Floor and service of one round met the same machine, so the ratio is taken in each round. */
export function ratioOf({ rounds, floor }: Figure): Summary | undefined {
  return floor && summarise(rounds.map((value, at) => value / (floor.rounds[at] ?? NaN)));
}

/** What a goal and a saved run are compared with: the ratio, or the figure where there is no floor. */
export function verdictOf(figure: Figure): Summary {
  return ratioOf(figure) ?? summarise(figure.rounds);
}

export function isNoisy({ median, min, max }: Summary): boolean {
  return max - min > NOISY_FROM * Math.abs(median);
}

export function reachesGoal(figure: Figure): boolean | undefined {
  if (figure.goal === undefined) return undefined;
  const { median } = verdictOf(figure);
  return figure.better === 'higher' ? median >= figure.goal : median <= figure.goal;
}

/** Between two neighbours it takes the mean by distance. `sorted` is ascending and not empty. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (above - below) * (at - Math.floor(at));
}
