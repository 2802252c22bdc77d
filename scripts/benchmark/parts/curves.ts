import { availableParallelism } from 'node:os';
import sharp from 'sharp';
import { problemOf, thumbnail } from '../asks.ts';
import type { Bench, Subject } from '../bench.ts';
import { type Ask, type Measured, ask, hammer, measure, walk } from '../load.ts';
import { type Miss, MissRig, oneSizeEach } from '../miss-rig.ts';
import { SourceHost } from '../origin.ts';
import type { Source } from '../sources.ts';

/** Megapixels in a round: processor time is counted in steps of 10 ms, so that small images have to be many. */
const MEGAPIXELS = 80;
const CONNECTIONS = 32;

/** What changes with the size of a source, with how much is cached, and with the number of processes. */
export async function measureCurves(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('curves', 'the service is elsewhere');
    return;
  }
  if (bench.options.quick && !bench.options.named) {
    bench.leaveOut('curves', '--quick; --only curves has them');
    return;
  }
  await measureByPixels(bench);
  await measureByEntries(bench);
  await measureByWorkers(bench);
}

/** One thumbnail at a time of ordinary JPEGs, from the smallest to the largest. */
async function measureByPixels(bench: Bench): Promise<void> {
  const pixels = ({ width, height }: Source) => width * height;
  const sources = (await bench.sources())
    .filter(({ kind, format }) => kind === 'whole' && format === 'jpeg')
    .sort((a, b) => pixels(a) - pixels(b))
    .slice(0, 6);
  if (sources.length === 0) {
    bench.leaveOut('cost against pixels', 'there is no baseline JPEG among the sources');
    return;
  }
  await using rig = await MissRig.start(bench, 'curves', sources);
  for (const source of sources) {
    const megapixels = pixels(source) / 1e6;
    const count = Math.max(6, Math.min(40, Math.round(MEGAPIXELS / megapixels)));
    const title = `${megapixels.toFixed(1)} megapixels (${source.name})`;
    const misses = new Array<Miss>(count).fill({ source, size: 256, format: 'webp' });
    await rig.compare({ id: `curves.pixels.${source.name}`, title }, 1, () => misses);
  }
  await rig.service.end();
}

interface Filled {
  /** Entries or workers. */
  readonly count: number;
  readonly service: Subject;
  readonly hits: readonly Ask[];
  readonly ofHits: Measured[];
  readonly ofMisses: Measured[];
}

/** Hits of services that have more and more cached in memory, in turns. */
async function measureByEntries(bench: Bench): Promise<void> {
  await using held = new AsyncDisposableStack();
  // So small that thousands are made in a moment.
  const [width, height] = [96, 64];
  const bytes = await sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .jpeg()
    .toBuffer();
  const source: Source = { name: 'tiny', bytes, sha256: '', width, height, format: 'jpeg', kind: 'whole' };
  const origin = held.use(await SourceHost.start([source], bench.options.pace));
  const all: Filled[] = [];
  for (const count of bench.options.quick ? [10, 500] : [10, 100, 1000, 5000]) {
    const settings = { THUMBNAIL_CACHE: 'memory', QUEUE_TIMEOUT: '60s' };
    const service = held.use(await bench.start(`${count} cached`, settings));
    const hits = Array.from({ length: count }, () => thumbnail(origin.freshUrl(source), 64, 'jpeg'));
    await fill(bench, service, hits);
    all.push({ count, service, hits, ofHits: [], ofMisses: [] });
  }
  for (const each of all) await driveHits(bench, each);
  for (let round = 0; round < bench.scale.hitRounds; round += 1) {
    for (const each of all) each.ofHits.push(await driveHits(bench, each));
  }
  for (const { count, service, ofHits } of all) {
    record(
      bench,
      `curves.entries.${count}`,
      `hits among ${count} that are cached`,
      ofHits,
      'the fewest',
      all[0]?.ofHits,
    );
    await service.end();
  }
}

/** Hits and misses with one process, and with more, up to one for each CPU. */
async function measureByWorkers(bench: Bench): Promise<void> {
  const most = availableParallelism();
  const sources = await bench.sources();
  await using held = new AsyncDisposableStack();
  const fleets: (Filled & { readonly rig: MissRig })[] = [];
  for (const count of [...new Set([1, 2, Math.ceil(most / 2), most])].sort((a, b) => a - b)) {
    const settings = { WORKERS: String(count), THUMBNAIL_CACHE: 'memory' };
    const rig = held.use(await MissRig.start(bench, `WORKERS=${count}`, sources, settings));
    const hits = rig.sources.map((source) => thumbnail(rig.origin.freshUrl(source), 128, 'webp'));
    const fleet = { count, rig, service: rig.service, hits, ofHits: [], ofMisses: [] };
    // Each worker has a cache of its own, and each connection one worker: asks until all have made all.
    for (let downloads = -1; downloads < rig.origin.requests;) {
      downloads = rig.origin.requests;
      await driveHits(bench, fleet, false);
    }
    fleets.push(fleet);
  }
  for (let round = 0; round < bench.scale.rounds; round += 1) {
    const misses = oneSizeEach(sources, 2, bench.seed);
    for (const fleet of fleets) {
      fleet.ofHits.push(await driveHits(bench, fleet));
      fleet.ofMisses.push(await fleet.rig.serve('misses of several workers', misses, 8));
    }
  }
  const [one] = fleets;
  for (const { count, service, ofHits, ofMisses } of fleets) {
    const id = `curves.workers.${count}`;
    record(bench, `${id}.hits`, `hits, WORKERS=${count}`, ofHits, 'one worker', one?.ofHits);
    record(bench, `${id}.misses`, `misses, WORKERS=${count}`, ofMisses, 'one worker', one?.ofMisses);
    await service.end();
  }
}

async function driveHits(
  bench: Bench,
  { service: { url, pid }, hits }: Filled,
  isHit = true,
): Promise<Measured> {
  const onProblem = (problem: string) => bench.fault(`hits: ${problem}`);
  const { hitSeconds: seconds } = bench.scale;
  const load = { connections: CONNECTIONS, seconds, status: 200, isHit, seed: bench.seed, onProblem };
  return measure(pid, () => hammer(url, hits, load));
}

/** Asks for each once: afterwards all are cached, or were. */
async function fill(bench: Bench, { url }: Subject, hits: readonly Ask[]): Promise<void> {
  await walk(hits, 16, async (one) => {
    const answer = await ask(url, one);
    if (answer.status !== 200) bench.fault(`filling: ${problemOf(answer, 'miss') ?? ''}`);
  });
}

/** Beside the first of its kind, which has no floor itself. */
function record(
  bench: Bench,
  id: string,
  title: string,
  rounds: readonly Measured[],
  first: string,
  ofFirst: readonly Measured[] = [],
): void {
  bench.recordBeside({ id, title }, rounds, rounds === ofFirst ? [] : [{ title: first, rounds: ofFirst }]);
}
