import { availableParallelism } from 'node:os';
import type { Bench } from '../bench.ts';
import { figuresBeside } from '../beside.ts';
import { oneSizeEach } from '../jobs.ts';
import type { Generators } from '../load/generators.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Measured } from '../measure.ts';
import { request, thumbnailLine } from '../requests.ts';
import { HitRig } from './hit-rig.ts';
import { MissRig } from './miss-rig.ts';

const MOST_ATTEMPTS = 20;

interface Fleet {
  readonly workers: number;
  readonly rig: MissRig;
  readonly hits: readonly LoadRequest[];
  readonly ofHits: Measured[];
  readonly ofMisses: Measured[];
}

/** Hits and misses with one process, and with more, up to one for each CPU. */
export async function measureByWorkers(bench: Bench): Promise<void> {
  const { recorder, scale } = bench;
  const most = availableParallelism();
  const counts = [...new Set([1, 2, Math.ceil(most / 2), most])].sort((a, b) => a - b);
  await using held = new AsyncDisposableStack();
  await using generators = bench.startGenerators();
  const hitRig = new HitRig(bench, generators);
  const load = { concurrency: 32, seconds: scale.hitSeconds };
  const fleets: Fleet[] = [];
  for (const workers of counts) fleets.push(await startFleet(workers));

  for (let round = 0; round < scale.rounds; round += 1) {
    const jobs = oneSizeEach(await bench.sources(), 2, bench.options.seed + round);
    for (const { rig, hits, ofHits, ofMisses } of fleets) {
      ofHits.push(await hitRig.drive('hits of several workers', rig.service, hits, load));
      ofMisses.push(await rig.serve('misses of several workers', rig.missesOf(jobs), 8));
    }
  }
  for (const { workers, ofHits, ofMisses } of fleets) {
    const first = fleets[0];
    const one = (measured: readonly Measured[]) =>
      workers === first?.workers ? [] : [{ title: 'one worker', measured }];
    const id = `curves.workers.${workers}`;
    const kinds = [
      {
        id: `${id}.hits`,
        title: `hits, WORKERS=${workers}`,
        served: ofHits,
        floors: one(first?.ofHits ?? []),
      },
      {
        id: `${id}.misses`,
        title: `misses, WORKERS=${workers}`,
        served: ofMisses,
        floors: one(first?.ofMisses ?? []),
      },
    ];
    for (const kind of kinds) recorder.add(...figuresBeside(kind));
  }
  for (const { rig } of fleets) await rig.service.end();

  async function startFleet(workers: number): Promise<Fleet> {
    const settings = { WORKERS: String(workers), THUMBNAIL_CACHE: 'memory' };
    const rig = held.use(await MissRig.start(bench, `WORKERS=${workers}`, await bench.sources(), settings));
    const asked = rig.sources.map((source) =>
      request(rig.service, thumbnailLine(rig.origin.freshUrl(source), 128, 'webp'), { statuses: [200] }),
    );
    const hits = asked.map(({ text }) => ({ text, expected: { statuses: [200], cache: 'hit' as const } }));
    await fillAll(generators, rig, asked, hits);
    return { workers, rig, hits, ofHits: [], ofMisses: [] };
  }
}

/** Each worker has a cache of its own: asks until there was not one that had to make a thumbnail. */
async function fillAll(
  generators: Generators,
  { service }: MissRig,
  asked: readonly LoadRequest[],
  hits: readonly LoadRequest[],
): Promise<void> {
  const mode = { kind: 'closed', concurrency: 32, seconds: 1 } as const;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    await generators.during({ target: service.target, requests: asked, mode });
    const { problemCount } = await generators.during({ target: service.target, requests: hits, mode });
    if (problemCount === 0) return;
  }
  throw new Error('the caches of the workers cannot be filled');
}
