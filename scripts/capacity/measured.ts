import { median } from 'simple-statistics';

/** Processor time of one answer, in milliseconds of one core of the machine that was measured. */
export interface CpuTimes {
  readonly missMs: number;
  readonly hitMs: number;
  readonly pageMs: number;
}

interface SavedRun {
  readonly at: string;
  /** Missing where the file is something else. */
  readonly figures?: readonly { readonly id: string; readonly rounds: readonly number[] }[];
}

/** The figures of `npm run benchmark` that the capacity follows from, in the order in which they are preferred. */
const FIGURES: Readonly<Record<keyof CpuTimes, readonly string[]>> = {
  missMs: ['misses.c8.cpu'],
  hitMs: ['hits.memcached.keys.cpu', 'hits.memcached.cpu', 'hits.memory.cpu'],
  pageMs: ['page.memcached.cpu', 'page.memory.cpu'],
};

/** @throws Error where the run lacks a figure, with the command that measures it */
export function cpuTimesOf(text: string): CpuTimes & { readonly at: string } {
  const { at, figures = [] } = JSON.parse(text) as SavedRun;
  const measured = (name: keyof CpuTimes) => {
    const found = FIGURES[name]
      .map((id) => figures.find((figure) => figure.id === id))
      .find((figure) => figure !== undefined);
    if (found === undefined) {
      throw new Error(
        `The run has no ${FIGURES[name].join(' or ')}: npm run benchmark -- --only misses,hits,page`,
      );
    }
    return median([...found.rounds]);
  };
  return { at, missMs: measured('missMs'), hitMs: measured('hitMs'), pageMs: measured('pageMs') };
}
