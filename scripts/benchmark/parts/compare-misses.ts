import { figuresBeside } from '../beside.ts';
import type { Job } from '../jobs.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Measured } from '../measure.ts';
import type { MissRig } from './miss-rig.ts';

export interface MissComparison {
  readonly id: string;
  readonly title: string;
  /** Anew for each round. */
  readonly jobs: () => readonly Job[];
  /** Each at an address of its own, unless given. */
  readonly requests?: (jobs: readonly Job[]) => LoadRequest[];
  readonly concurrency: number;
  readonly goals?: { readonly throughput?: number; readonly cpu?: number };
}

/** The same thumbnails, from sharp by itself and from the service, in turns. */
export async function compareMisses(rig: MissRig, comparison: MissComparison): Promise<void> {
  const { id, title, jobs, concurrency, goals } = comparison;
  const requests = comparison.requests ?? ((list: readonly Job[]) => rig.missesOf(list));
  const served: Measured[] = [];
  const looped: Measured[] = [];
  for (let round = 0; round < rig.bench.scale.rounds; round += 1) {
    const list = jobs();
    const floor = await rig.loopOver(list, concurrency);
    if (floor !== undefined) looped.push(floor);
    await rig.pause();
    served.push(await rig.serve(title, requests(list), concurrency));
    await rig.pause();
  }
  // The floor has its sources in memory: beside a slow network it is no measure of throughput.
  const { delayMs, bytesPerSecond } = rig.bench.pace;
  const isHeldBack = delayMs > 0 || bytesPerSecond !== undefined;
  const floors = [
    { title: 'bare sharp', measured: looped, goal: isHeldBack ? undefined : goals?.throughput },
  ];
  rig.bench.recorder.add(
    ...figuresBeside({ id, title, served, floors: rig.loop ? floors : [], cpuGoal: goals?.cpu }),
  );
}
