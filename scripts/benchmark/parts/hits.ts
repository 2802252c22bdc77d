import { Memcached, whyNoMemcached } from '../../kit/memcached.ts';
import { RedisServer, whyNoRedis } from '../../kit/redis.ts';
import type { Bench } from '../bench.ts';
import type { HitFloorKind } from '../floors/hit-floor.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Origin } from '../origin.ts';
import { request, thumbnailLine } from '../requests.ts';
import type { Source } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { compareHits, type FloorInTurn } from './compare-hits.ts';
import { field, HitRig, stored } from './hit-rig.ts';

interface HitCase {
  readonly id: string;
  readonly title: string;
  /** Of the service. */
  readonly settings: Readonly<Record<string, string>>;
  readonly cacheServer?: string;
  readonly floors: readonly (readonly [HitFloorKind, goal?: number])[];
  /** Also asks with the ETag, for a 304. */
  readonly revalidates?: boolean;
}

/** Thumbnails that are cached, beside servers that do nothing but answer the same bytes. */
export async function measureHits(bench: Bench): Promise<void> {
  const sources = await bench.sources();
  await using origin = await bench.startOrigin(sources);
  await using generators = bench.startGenerators();
  const rig = new HitRig(bench, generators);
  const measureCase = (each: HitCase) => measureHitCase(rig, each, { origin, sources });
  if (!bench.isLocal) {
    bench.recorder.leaveOut('floors of hits', 'the service is elsewhere');
    await measureCase({ id: 'hits', title: 'hits', settings: {}, floors: [], revalidates: true });
    return;
  }
  await measureCase({
    id: 'hits.memory',
    title: 'hits from memory',
    settings: { THUMBNAIL_CACHE: 'memory' },
    floors: [
      ['koa', 0.8],
      ['http', 0.4],
    ],
    revalidates: true,
  });
  const [noMemcached, noRedis] = [whyNoMemcached(), whyNoRedis()];
  if (noMemcached === undefined) {
    await using memcached = await Memcached.start();
    await measureCase({
      id: 'hits.memcached',
      title: 'hits from memcached',
      settings: { THUMBNAIL_CACHE: 'memcached', MEMCACHIER_SERVER: memcached.address },
      cacheServer: memcached.address,
      floors: [['memjs', 0.6]],
    });
  } else bench.recorder.leaveOut('hits from memcached', noMemcached);
  if (noRedis === undefined) {
    await using redis = await RedisServer.start();
    await measureCase({
      id: 'hits.redis',
      title: 'hits from Redis',
      settings: { THUMBNAIL_CACHE: 'redis', REDIS_URL: redis.url },
      cacheServer: `127.0.0.1:${redis.port}`,
      floors: [['ioredis']],
    });
  } else bench.recorder.leaveOut('hits from Redis', noRedis);
}

async function measureHitCase(
  rig: HitRig,
  each: HitCase,
  { origin, sources }: { readonly origin: Origin; readonly sources: readonly Source[] },
): Promise<void> {
  const { bench } = rig;
  await using service = await bench.startService(each.title, each.settings);
  const asked = sources.flatMap((source) => requestsFor(service, origin.freshUrl(source)));
  const answers = await rig.fill(each.title, service, asked);
  const hits = answers.map(({ body, head }, at) => expecting(asked[at], { body, etag: field(head, 'etag') }));
  await using held = new AsyncDisposableStack();
  const floors: FloorInTurn[] = [];
  for (const [kind, goal] of each.floors) {
    const stock = answers.map((answer, at) => stored(asked[at] ?? NO_REQUEST, answer));
    floors.push({ goal, server: held.use(await rig.startFloor(kind, stock, each.cacheServer)) });
  }
  await compareHits(rig, { id: each.id, title: each.title, service, requests: hits, floors });
  if (each.revalidates === true) {
    const revalidations = {
      id: `${each.id}.304`,
      title: '304s of the same',
      requests: hits.map(revalidating),
    };
    const withoutGoals = floors.map(({ server }) => ({ server, goal: undefined }));
    await compareHits(rig, { ...revalidations, service, floors: withoutGoals });
  }
  await service.end();
}

/** As a program asks, for a format, and as a browser does, which gets what it takes best. */
function requestsFor(service: Subject, url: string): LoadRequest[] {
  return [
    request(service, thumbnailLine(url, 256), { statuses: [200] }),
    request(service, thumbnailLine(url, 128, 'jpeg'), { statuses: [200] }),
  ];
}

const NO_REQUEST: LoadRequest = { text: '', expected: { statuses: [200] } };

function expecting(
  asked: LoadRequest | undefined,
  { body, etag }: { readonly body: Uint8Array; readonly etag: string },
): LoadRequest {
  return { text: asked?.text ?? '', expected: { statuses: [200], cache: 'hit', body, etag } };
}

function revalidating({ text, expected }: LoadRequest): LoadRequest {
  const condition = `\r\nIf-None-Match: ${expected.etag ?? ''}\r\n\r\n`;
  return { text: text.replace('\r\n\r\n', condition), expected: { ...expected, statuses: [304] } };
}
