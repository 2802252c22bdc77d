import type { Options } from './options.ts';

/** How much of everything. Times in seconds. */
export interface Scale {
  readonly rounds: number;
  readonly starts: number;
  /** How often a walk goes through all sources, by the number of requests at once. */
  readonly missPasses: readonly (readonly [concurrency: number, passes: number])[];
  readonly wholePasses: number;
  /** Of three sizes and two formats of each source. */
  readonly setPasses: number;
  /** Rounds are short, so that they can be many: what else the machine does then hits floor and service alike. */
  readonly hitSeconds: number;
  readonly hitRounds: number;
  /** Before the first round, in which compilers and caches find their feet. */
  readonly warmSeconds: number;
  readonly overloadSeconds: number;
  readonly entries: readonly number[];
  /** Before the memory that a process holds in the end is read. */
  readonly settleSeconds: number;
}

const FULL: Scale = {
  rounds: 3,
  starts: 7,
  missPasses: [
    [1, 2],
    [8, 8],
    [64, 12],
  ],
  wholePasses: 8,
  setPasses: 2,
  hitSeconds: 1,
  hitRounds: 5,
  warmSeconds: 1,
  overloadSeconds: 10,
  entries: [10, 100, 1000, 5000],
  settleSeconds: 5,
};

const QUICK: Scale = {
  rounds: 2,
  starts: 2,
  missPasses: [
    [1, 1],
    [8, 2],
  ],
  wholePasses: 1,
  setPasses: 1,
  hitSeconds: 0.5,
  hitRounds: 3,
  warmSeconds: 0.5,
  overloadSeconds: 3,
  entries: [10, 500],
  settleSeconds: 1,
};

export function scaleOf({ quick, rounds }: Pick<Options, 'quick' | 'rounds'>): Scale {
  const scale = quick ? QUICK : FULL;
  return rounds === undefined ? scale : { ...scale, rounds, hitRounds: rounds };
}
