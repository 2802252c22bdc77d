import { type Figure, isNoisy, type Summary, verdictOf } from './figures.ts';

/** What of a saved run is compared with. */
export interface SavedRun {
  readonly figures: readonly Figure[];
  /** A short run is less warmed up than a long one. */
  readonly quick: boolean;
}

export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly before: Summary;
  readonly after: Summary;
  readonly verdict: 'same' | 'better' | 'worse' | 'noisy';
}

/** A change below this part is none. */
const SAME_WITHIN = 0.1;

/**
 * Figure by figure, but only those that are ratios to a floor: times of two runs say as much about the machine as about
 * the service. A change counts where it is above a tenth and the rounds of the two runs lie apart; a change where the
 * rounds overlap and one run was noisy says nothing.
 */
export function compareRuns(before: SavedRun, after: SavedRun): Comparison[] {
  const saved = new Map(before.figures.map((figure) => [figure.id, figure]));
  return after.figures.flatMap((figure) => {
    const old = saved.get(figure.id);
    if (figure.floor === undefined || old?.floor === undefined) return [];
    const [was, is] = [verdictOf(old), verdictOf(figure)];
    return [
      { id: figure.id, title: figure.title, before: was, after: is, verdict: judge(was, is, figure.better) },
    ];
  });
}

function judge(before: Summary, after: Summary, better: Figure['better']): Comparison['verdict'] {
  const change = after.median / before.median - 1;
  if (Math.abs(change) <= SAME_WITHIN) return 'same';
  const overlap = after.min <= before.max && before.min <= after.max;
  if (overlap) return isNoisy(before) || isNoisy(after) ? 'noisy' : 'same';
  return change > 0 === (better === 'higher') ? 'better' : 'worse';
}

/** @throws Error where the file is not one that this program has written */
export function parseSavedRun(text: string): SavedRun {
  const run = JSON.parse(text) as {
    readonly figures?: unknown;
    readonly options?: { readonly quick?: boolean };
  };
  if (!Array.isArray(run.figures)) throw new Error('The file for --against has no figures.');
  return { figures: run.figures as readonly Figure[], quick: run.options?.quick === true };
}
