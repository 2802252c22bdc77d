import type { Bench } from '../bench.ts';
import { allSizesOf, type Job, oneSizeEach, SET_LENGTH } from '../jobs.ts';
import type { LoadRequest } from '../load/plan.ts';
import { missOf } from '../requests.ts';
import type { Source } from '../sources.ts';
import { compareMisses } from './compare-misses.ts';
import { MissRig } from './miss-rig.ts';
import { measurePartialReads } from './partial-reads.ts';

/** Thumbnails of which nothing is cached, beside sharp by itself. */
export async function measureMisses(bench: Bench): Promise<void> {
  const { scale } = bench;
  const sources = await bench.sources();
  await using rig = await MissRig.start(bench, 'misses', sources);
  if (rig.loop === undefined) bench.recorder.leaveOut('the bare sharp loop', 'the service is elsewhere');
  for (const [concurrency, passes] of scale.missPasses) {
    await compareMisses(rig, {
      id: `misses.c${concurrency}`,
      title: `misses, ${concurrency} at once`,
      jobs: () => enough(sources, passes, concurrency, rig.seed),
      concurrency,
      goals: { throughput: 0.85, cpu: 1.15 },
    });
  }
  const whole = sources.filter(({ kind }) => kind === 'whole');
  if (whole.length > 0) {
    await compareMisses(rig, {
      id: 'misses.whole.c8',
      title: 'of what has to be read whole, 8 at once',
      jobs: () => enough(whole, scale.wholePasses, 8, rig.seed),
      concurrency: 8,
    });
  }
  await compareMisses(rig, {
    id: 'misses.sets.c8',
    title: '3 sizes × 2 formats each, 8 at once',
    jobs: () => allSizesOf(sources, scale.setPasses, rig.seed),
    requests: (jobs) => setsOf(rig, jobs),
    concurrency: 8,
    goals: { throughput: 2.5 },
  });
  await measurePartialReads(rig);
  await rig.service.end();
}

/** Whole passes, and at least two requests for each place. */
function enough(sources: readonly Source[], passes: number, concurrency: number, seed: number): Job[] {
  return oneSizeEach(sources, Math.max(passes, Math.ceil((2 * concurrency) / sources.length)), seed);
}

/** All thumbnails of a set have the same address, which no other set has. */
function setsOf(rig: MissRig, jobs: readonly Job[]): LoadRequest[] {
  let url = '';
  return jobs.map((job, at) => {
    const source = rig.sourceOf(job);
    if (at % SET_LENGTH === 0) url = rig.origin.freshUrl(source);
    return missOf(rig.service, job, source, url);
  });
}
