import { figuresBeside } from '../beside.ts';
import type { HitFloor } from '../floors/hit-floor.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Measured } from '../measure.ts';
import type { Subject } from '../subject.ts';
import type { HitRig } from './hit-rig.ts';

/** Requests at once. */
const CONCURRENCY = 32;

export interface FloorInTurn {
  readonly server: HitFloor;
  /** Of the throughput. */
  readonly goal: number | undefined;
}

export interface HitComparison {
  readonly id: string;
  readonly title: string;
  readonly service: Subject;
  readonly requests: readonly LoadRequest[];
  readonly floors: readonly FloorInTurn[];
}

/** The same requests, to each floor and to the service, in turns. */
export async function compareHits(rig: HitRig, comparison: HitComparison): Promise<void> {
  const { id, title, service, requests, floors } = comparison;
  const { scale, recorder } = rig.bench;
  const load = { concurrency: CONCURRENCY, seconds: scale.hitSeconds };
  const ofFloors = requests.map(withoutCacheStatus);
  const served: Measured[] = [];
  const beside = floors.map(({ server, goal }) => ({ server, goal, measured: [] as Measured[] }));

  const warmUp = { ...load, seconds: scale.warmSeconds };
  for (const { server } of beside) await rig.drive(server.title, server, ofFloors, warmUp);
  await rig.drive(title, service, requests, warmUp);
  for (let round = 0; round < scale.hitRounds; round += 1) {
    for (const { server, measured } of beside) {
      measured.push(await rig.drive(server.title, server, ofFloors, load));
    }
    served.push(await rig.drive(title, service, requests, load));
  }
  const rounds = beside.map(({ server, goal, measured }) => ({ title: server.title, measured, goal }));
  recorder.add(...figuresBeside({ id, title, served, floors: rounds }));
}

/** A floor answers the same bytes, but has no cache to speak of. */
function withoutCacheStatus({ text, expected }: LoadRequest): LoadRequest {
  const { cache, ...rest } = expected;
  return { text, expected: cache === undefined ? expected : rest };
}
