import { pixelsOf } from '../../kit/images.ts';
import { ssim } from '../../kit/ssim.ts';
import type { Bench } from '../bench.ts';
import { FORMATS, type Miss, MissRig, SIZES, jobOf, oneSizeEach } from '../miss-rig.ts';
import type { Source } from '../sources.ts';

/** A usual connection: as fast as loopback, a file is sent before anybody can say that it is enough. */
const USUAL_PACE = { delayMs: 0, bytesPerSecond: 20e6 / 8 };
/** A progressive JPEG's first scans are its picture at so many times smaller. */
const DC_SHRINK = 8;
const KIB = 1024;

/** Thumbnails of which nothing is cached, beside sharp by itself. */
export async function measureMisses(bench: Bench): Promise<void> {
  const { passes } = bench.scale;
  const sources = await bench.sources();
  await using rig = await MissRig.start(bench, 'misses', sources);
  if (rig.loop === undefined) bench.leaveOut('the bare sharp loop', 'the service is elsewhere');
  // Whole passes, and at least two requests for each place.
  const enough = (list: readonly Source[], concurrency: number, least: number) =>
    oneSizeEach(list, Math.max(least, Math.ceil((2 * concurrency) / list.length)), bench.seed);
  for (const concurrency of bench.options.quick ? [1, 8] : [1, 8, 64]) {
    const figure = {
      id: `misses.c${concurrency}`,
      title: `misses, ${concurrency} at once`,
      goal: 0.85,
      cpuGoal: 1.15,
    };
    await rig.compare(figure, concurrency, () =>
      enough(sources, concurrency, concurrency === 1 ? passes / 4 : passes),
    );
  }
  const whole = sources.filter(({ kind }) => kind === 'whole');
  if (whole.length > 0) {
    const figure = { id: 'misses.whole.c8', title: 'of what has to be read whole, 8 at once' };
    await rig.compare(figure, 8, () => enough(whole, 8, passes));
  }
  const sets = { id: 'misses.sets.c8', title: '3 sizes × 2 formats each, 8 at once', goal: 2.5 };
  await rig.compare(sets, 8, () => oneSizeEach(sources, Math.ceil(passes / 4), bench.seed).flatMap(setOf));
  await measurePartialReads(rig);
  await rig.service.end();

  /** Every size in both formats, at one address that no other set has: as pages ask for them. */
  function setOf({ source }: Miss): Miss[] {
    const url = rig.origin.freshUrl(source);
    return SIZES.flatMap((size) => FORMATS.map((format) => ({ source, size, format, url })));
  }
}

/** How much is read of sources whose thumbnail needs only their beginning, and what that saves and costs. */
async function measurePartialReads(rig: MissRig): Promise<void> {
  const { bench, origin, loop } = rig;
  if (bench.options.urls !== undefined) {
    bench.leaveOut('bytes downloaded', 'only our own origin counts them');
    return;
  }
  const sources = rig.sources.filter((source) => partialOf(source).length > 0);
  if (sources.length === 0) return;
  origin.pace = USUAL_PACE;
  for (const source of sources) {
    const sent: number[] = [];
    for (const miss of partialOf(source)) {
      const before = origin.sentBytes;
      await rig.serve('reading partly', [miss], 1);
      sent.push((origin.sentBytes - before) / KIB);
    }
    const floor = { title: 'all of it', rounds: sent.map(() => source.bytes.length / KIB) };
    const id = `misses.partial.${source.name}.bytes`;
    bench.record(id, `sent of ${source.name}, at 20 Mbit/s`, 'KiB', sent, { floor, goal: 0.15 });
  }
  origin.pace = bench.options.pace;
  if (loop === undefined) return;
  // Beside sharp's thumbnail of the whole file, both without loss.
  const lossless = sources.flatMap(partialOf).map((miss) => ({ ...miss, format: 'png' as const }));
  const { bodies } = await rig.serve('likeness', lossless, 1);
  const likenesses: number[] = [];
  for (const [at, miss] of lossless.entries()) {
    const whole = await loop.call('thumbnail', jobOf(miss));
    likenesses.push(ssim(await pixelsOf(bodies[at] ?? Buffer.of()), await pixelsOf(whole)));
  }
  const least = [Math.min(...likenesses)];
  const facts = { better: 'higher', goal: 0.99 } as const;
  bench.record('misses.partial.ssim', 'likeness to thumbnails of all (SSIM), least', '', least, facts);
  const large = sources.filter(({ kind, width, height }) => kind === 'progressive' && width * height > 8e6);
  if (large.length === 0) return;
  const figure = { id: 'misses.partial.c8', title: 'of large progressive JPEGs, 8 at once', cpuGoal: 0.45 };
  await rig.compare(figure, 8, () => [...large, ...large].flatMap(partialOf));
}

/** In the sizes for which the beginning is enough. */
function partialOf(source: Source): Miss[] {
  if (source.kind === 'whole') return [];
  const largest = Math.max(source.width, source.height);
  const sizes = SIZES.filter((size) => source.kind === 'animated' || size * DC_SHRINK <= largest);
  return sizes.map((size) => ({ source, size, format: 'webp' }));
}
