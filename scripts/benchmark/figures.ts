import { max, median, min } from 'simple-statistics';
import { table } from '../kit/table.ts';

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
  readonly goal?: number | undefined;
  /** What a reader has to know of this one. */
  readonly note?: string | undefined;
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Above this part of the median, the distance of the extremes says that the machine was busy with something else. */
const NOISY_FROM = 0.25;
/** A change below this part is none. */
const SAME_WITHIN = 0.1;

/** @throws Error where there is no round */
export function summarise(rounds: readonly number[]): Summary {
  const list = [...rounds];
  return { median: median(list), min: min(list), max: max(list) };
}

/** Floor and service of one round met the same machine, so the ratio is taken in each round. */
export function ratioOf({ rounds, floor }: Figure): Summary | undefined {
  return floor && summarise(rounds.map((value, at) => value / (floor.rounds[at] ?? NaN)));
}

export function isNoisy({ median, min, max }: Summary): boolean {
  return max - min > NOISY_FROM * Math.abs(median);
}

/** A goal is for the ratio, or for the figure where there is no floor. */
export function reachesGoal(figure: Figure): boolean | undefined {
  if (figure.goal === undefined) return undefined;
  const { median } = ratioOf(figure) ?? summarise(figure.rounds);
  return figure.better === 'higher' ? median >= figure.goal : median <= figure.goal;
}

/** One line for each figure: what was measured, its floor, their ratio, and what we want of that. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { title, unit, rounds, floor, goal, better, note } = figure;
    const [own, ratio] = [summarise(rounds), ratioOf(figure)];
    const wanted = `${better === 'higher' ? '≥' : '≤'} ${goal ?? ''} ${reachesGoal(figure) ? 'ok' : 'MISSED'}`;
    const marks = [goal === undefined ? '' : wanted, isNoisy(ratio ?? own) ? 'noisy' : '', note ?? ''];
    return [
      title,
      `${span(own)} ${unit}`,
      floor === undefined ? '' : `${span(summarise(floor.rounds))} ${floor.title}`,
      ratio === undefined ? '' : span(ratio),
      marks.filter((mark) => mark !== '').join(', '),
    ];
  });
  return table([['', 'service', 'floor', 'ratio', ''], ...rows], { left: true });
}

export interface Comparison {
  readonly title: string;
  readonly before: Summary;
  readonly after: Summary;
  readonly verdict: 'same' | 'better' | 'worse' | 'noisy';
}

/**
 * Figure by figure, but only those that are ratios to a floor: times of two runs say as much about the machine as about
 * the service. A change counts where it is above a tenth and the rounds of the two runs lie apart; a change where the
 * rounds overlap and one run was noisy says nothing.
 */
export function compareRuns(before: readonly Figure[], after: readonly Figure[]): Comparison[] {
  return after.flatMap((figure) => {
    const old = before.find(({ id }) => id === figure.id);
    const [was, is] = [old && ratioOf(old), ratioOf(figure)];
    return was && is
      ? [{ title: figure.title, before: was, after: is, verdict: judge(was, is, figure) }]
      : [];
  });
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ title, before, after, verdict }) => [
    title,
    span(before),
    span(after),
    verdict,
  ]);
  return table([['ratio to the floor', 'before', 'now', ''], ...rows], { left: true });
}

function judge(before: Summary, after: Summary, { better }: Figure): Comparison['verdict'] {
  const change = after.median / before.median - 1;
  if (Math.abs(change) <= SAME_WITHIN) return 'same';
  const overlap = after.min <= before.max && before.min <= after.max;
  if (overlap) return isNoisy(before) || isNoisy(after) ? 'noisy' : 'same';
  return change > 0 === (better === 'higher') ? 'better' : 'worse';
}

/** The median, and the extremes where they are others. */
function span({ median, min, max }: Summary): string {
  return min === max ? short(median) : `${short(median)} [${short(min)}–${short(max)}]`;
}

/** Three digits that matter. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3).replace(/^0\.000\d*$/, '0');
}
