/** The process behind `LoadGenerator`. */
import { answerParent } from '../child-side.ts';
import { randomOf, shuffled } from '../../kit/random.ts';
import { runClosedLoop } from './closed-loop.ts';
import { runOpenLoop } from './open-loop.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import { Tally } from './tally.ts';

const handlers = {
  /** By itself, since reading a long plan takes time that must not count. */
  prepare(given: LoadPlan): void {
    plan = given;
  },
  async run(): Promise<LoadResult> {
    if (plan === undefined) throw new Error('there is no plan');
    const { requests, seed, mode } = plan;
    const indexes = requests.map((_, index) => index);
    const order = seed === undefined ? indexes : shuffled(indexes, randomOf(seed));
    const tally = new Tally(plan);
    if (mode.kind === 'closed') await runClosedLoop(plan, mode, order, tally);
    else await runOpenLoop(plan, mode, order, tally);
    return tally.result();
  },
};
export type GeneratorHandlers = typeof handlers;

let plan: LoadPlan | undefined;
answerParent(handlers);
