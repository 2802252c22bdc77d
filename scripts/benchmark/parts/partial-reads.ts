import { pixelsOf } from '../../kit/images.ts';
import { ssim } from '../../kit/ssim.ts';
import { type Job, SIZES } from '../jobs.ts';
import type { Source } from '../sources.ts';
import { compareMisses } from './compare-misses.ts';
import type { MissRig } from './miss-rig.ts';

/** A usual connection: as fast as loopback, a file is sent before anybody can say that it is enough. */
const PACE = { delayMs: 0, bytesPerSecond: 20e6 / 8 };

/** A progressive JPEG's first scans are its picture at so many times smaller. */
const DC_SHRINK = 8;

const KIB = 1024;

/** How much is read of sources whose thumbnail needs only their beginning, and what that saves and costs. */
export async function measurePartialReads(rig: MissRig): Promise<void> {
  const { bench } = rig;
  if (bench.options.urls !== undefined) {
    bench.recorder.leaveOut('bytes downloaded', 'only our own origin counts them');
    return;
  }
  const sources = rig.sources.filter((source) => jobsOf(source).length > 0);
  if (sources.length === 0) return;
  await rig.origin.setPace(PACE);
  for (const source of sources) await measureBytes(rig, source);
  await rig.origin.setPace(bench.pace);
  if (rig.loop === undefined) return;
  await measureLikeness(rig, sources);
  const large = sources.filter((source) => source.kind === 'progressive' && isLarge(source));
  if (large.length === 0) return;
  await compareMisses(rig, {
    id: 'misses.partial.c8',
    title: 'of large progressive JPEGs, 8 at once',
    jobs: () => [...large, ...large].flatMap(jobsOf),
    concurrency: 8,
    goals: { cpu: 0.45 },
  });
}

/** Decoding is most of what a thumbnail of it costs. */
function isLarge({ width, height }: Source): boolean {
  return width * height > 8e6;
}

/** In the sizes for which the beginning is enough. */
function jobsOf({ name, kind, width, height }: Source): Job[] {
  if (kind === 'whole') return [];
  const sizes = SIZES.filter((size) => kind === 'animated' || size * DC_SHRINK <= Math.max(width, height));
  return sizes.map((size) => ({ source: name, size, format: 'webp' }));
}

async function measureBytes(rig: MissRig, source: Source): Promise<void> {
  const read: number[] = [];
  for (const job of jobsOf(source)) {
    await rig.origin.takeTraffic();
    await rig.serve('reading partly', rig.missesOf([job]), 1);
    await rig.pause();
    read.push((await rig.origin.takeTraffic()).bytes / KIB);
  }
  rig.bench.recorder.add({
    id: `misses.partial.${source.name}.bytes`,
    title: `sent of ${source.name}, at 20 Mbit/s`,
    unit: 'KiB',
    better: 'lower',
    rounds: read,
    floor: { title: 'all of it', rounds: read.map(() => source.bytes.length / KIB) },
    goal: 0.15,
  });
}

/** Beside sharp's thumbnail of the whole file, both without loss. */
async function measureLikeness(rig: MissRig, sources: readonly Source[]): Promise<void> {
  const jobs = sources.flatMap(jobsOf).map((job): Job => ({ ...job, format: 'png' }));
  const bodies = await rig.bodiesOf('likeness', rig.missesOf(jobs));
  const likenesses: number[] = [];
  for (const [at, job] of jobs.entries()) {
    const [body, whole] = [bodies[at], await rig.loop?.thumbnail(job)];
    if (body === undefined || whole === undefined) continue;
    likenesses.push(ssim(await pixelsOf(body), await pixelsOf(whole)));
  }
  rig.bench.recorder.add({
    id: 'misses.partial.ssim',
    title: 'likeness to thumbnails of all (SSIM), least',
    unit: '',
    better: 'higher',
    rounds: [Math.min(...likenesses)],
    goal: 0.99,
  });
}
