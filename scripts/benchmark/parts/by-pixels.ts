import type { Bench } from '../bench.ts';
import type { Job } from '../jobs.ts';
import { compareMisses } from './compare-misses.ts';
import { MissRig } from './miss-rig.ts';

const MOST_SOURCES = 6;

/** Megapixels in a round: processor time is counted in steps of 10 ms, so that small images have to be many. */
const MEGAPIXELS = 80;

/** One thumbnail at a time of ordinary JPEGs, from the smallest to the largest. */
export async function measureByPixels(bench: Bench): Promise<void> {
  const sources = (await bench.sources())
    .filter(({ kind, format }) => kind === 'whole' && format === 'jpeg')
    .sort((a, b) => a.width * a.height - b.width * b.height)
    .slice(0, MOST_SOURCES);
  if (sources.length === 0) {
    bench.recorder.leaveOut('cost against pixels', 'there is no baseline JPEG among the sources');
    return;
  }
  await using rig = await MissRig.start(bench, 'curves', sources);
  for (const { name, width, height } of sources) {
    const megapixels = (width * height) / 1e6;
    const count = Math.max(6, Math.min(40, Math.round(MEGAPIXELS / megapixels)));
    const job: Job = { source: name, size: 256, format: 'webp' };
    await compareMisses(rig, {
      id: `curves.pixels.${name}`,
      title: `${megapixels.toFixed(1)} megapixels (${name})`,
      jobs: () => new Array<Job>(count).fill(job),
      concurrency: 1,
    });
  }
  await rig.service.end();
}
