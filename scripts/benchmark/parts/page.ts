import { Memcached, whyNoMemcached } from '../../kit/memcached.ts';
import type { Bench } from '../bench.ts';
import { quantile } from '../figures.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Origin } from '../origin.ts';
import { submission } from '../requests.ts';
import type { Source } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { compareHits } from './compare-hits.ts';
import { HitRig, stored } from './hit-rig.ts';

/** The server's own time, as the page says it. */
const PROCESSING_TIME = 'id="processing-time">(\\d+)<';
const IS_HIT = '>hit<';

interface PageCase {
  readonly id: string;
  readonly title: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Milliseconds for a repeated request. */
  readonly goalMs?: number;
}

/** The form, sent again and again, beside a bare Koa that answers a page of that length. */
export async function measurePage(bench: Bench): Promise<void> {
  const sources = await bench.sources();
  await using origin = await bench.startOrigin(sources);
  const measureEach = (each: PageCase) => measureCase(bench, each, { origin, sources });
  if (!bench.isLocal) {
    await measureEach({ id: 'page', title: 'the page', settings: {} });
    return;
  }
  const settings = { THUMBNAIL_CACHE: 'memory' };
  await measureEach({ id: 'page.memory', title: 'the page, from memory', settings, goalMs: 2 });
  const noMemcached = whyNoMemcached();
  if (noMemcached === undefined) {
    await using memcached = await Memcached.start();
    await measureEach({
      id: 'page.memcached',
      title: 'the page, from memcached',
      settings: { THUMBNAIL_CACHE: 'memcached', MEMCACHIER_SERVER: memcached.address },
      goalMs: 5,
    });
  } else bench.recorder.leaveOut('the page from memcached', noMemcached);
}

async function measureCase(
  bench: Bench,
  { id, title, settings, goalMs }: PageCase,
  { origin, sources }: { readonly origin: Origin; readonly sources: readonly Source[] },
): Promise<void> {
  const { recorder } = bench;
  await using service = await bench.startService(title, settings);
  await using generators = bench.startGenerators();
  const rig = new HitRig(bench, generators);
  const urls = sources.map((source) => origin.freshUrl(source));
  const requestsWith = (expected: Partial<LoadRequest['expected']>) =>
    urls.map((url) => submission(service, url, 256, { statuses: [200], ...expected }));

  const first = await generators.answers(service.target, requestsWith({}));
  recorder.checked(`${title}, first`, first.result);
  const repeated = requestsWith({ includes: IS_HIT, number: PROCESSING_TIME });
  await using held = new AsyncDisposableStack();
  const floors = [];
  if (bench.isLocal) {
    const { answers } = await generators.answers(service.target, repeated);
    const pages = answers.toSorted((a, b) => a.body.length - b.body.length);
    const page = pages[Math.floor(pages.length / 2)];
    const stock = page === undefined ? [] : [stored(repeated[page.index] ?? NO_REQUEST, page)];
    floors.push({ server: held.use(await rig.startFloor('koa', stock)), goal: undefined });
  }
  const requests = requestsWith({ includes: IS_HIT });
  await compareHits(rig, { id, title, service, requests, floors });
  recorder.add({
    id: `${id}.server`,
    title: '  server time, as it says',
    unit: 'ms',
    better: 'lower',
    rounds: await processingTimes(rig, service, repeated),
    ...(goalMs !== undefined && { goal: goalMs }),
  });
  await service.end();
}

/** Of one request after another, the median of each round. */
async function processingTimes(
  rig: HitRig,
  service: Subject,
  requests: readonly LoadRequest[],
): Promise<number[]> {
  const { hitRounds, hitSeconds } = rig.bench.scale;
  const times: number[] = [];
  for (let round = 0; round < hitRounds; round += 1) {
    const load = { concurrency: 1, seconds: hitSeconds / 2 };
    const { numbers } = await rig.drive('the page', service, requests, load);
    times.push(quantile(numbers.sort(), 0.5));
  }
  return times;
}

const NO_REQUEST: LoadRequest = { text: '', expected: { statuses: [200] } };
