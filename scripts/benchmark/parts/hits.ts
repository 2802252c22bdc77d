import { randomBytes } from 'node:crypto';
import { Memcached, whyNoMemcached } from '../../kit/memcached.ts';
import { RedisServer, whyNoRedis } from '../../kit/redis.ts';
import { problemOf, thumbnail } from '../asks.ts';
import type { Bench, Subject } from '../bench.ts';
import { isProxyInstalled } from '../../kit/front-proxies.ts';
import type { FloorKind } from '../floors/stored-answers.ts';
import { type Floor, HitFloorServer, compareHits, nginxBefore, stored } from '../hit-floor.ts';
import { type Answer, type Ask, ask } from '../load.ts';
import { SourceHost } from '../origin.ts';

interface HitCase {
  readonly id: string;
  readonly title: string;
  readonly cache: 'memory' | 'memcached' | 'redis';
  readonly floors: readonly (readonly [kind: FloorKind, goal?: number])[];
  /** Of its CPU to that of nginx, which has the same answers in a cache in front of it. */
  readonly nginxCpuGoal?: number;
  /** Whether the service has signing keys; requests are not signed, and it answers them all the same. */
  readonly keys?: boolean;
  /** Also asks with the ETag, for a 304. */
  readonly revalidates?: boolean;
}

const CASES: readonly HitCase[] = [
  {
    id: 'hits.memory',
    title: 'hits from memory',
    cache: 'memory',
    floors: [
      ['koa', 0.8],
      ['http', 0.4],
    ],
    nginxCpuGoal: 2,
    revalidates: true,
  },
  {
    id: 'hits.memory.keys',
    title: 'the same, keys set',
    cache: 'memory',
    floors: [['koa', 0.75]],
    keys: true,
  },
  { id: 'hits.memcached', title: 'hits from memcached', cache: 'memcached', floors: [['memjs', 0.65]] },
  {
    id: 'hits.memcached.keys',
    title: 'the same, keys set',
    cache: 'memcached',
    floors: [['memjs', 0.65]],
    nginxCpuGoal: 2.8,
    keys: true,
  },
  { id: 'hits.redis', title: 'hits from Redis', cache: 'redis', floors: [['ioredis']] },
];

/** Thumbnails that are cached, beside servers that do nothing but answer the same bytes. */
export async function measureHits(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('floors of hits', 'the service is elsewhere');
    await using service = await bench.start('hits');
    await measureCase(
      bench,
      { id: 'hits', title: 'hits', cache: 'memory', floors: [], revalidates: true },
      service,
    );
    return;
  }
  for (const each of CASES) {
    const why = { memory: () => undefined, memcached: whyNoMemcached, redis: whyNoRedis }[each.cache]();
    if (why !== undefined) {
      bench.leaveOut(each.title, why);
      continue;
    }
    await using server = await cacheServer(each.cache);
    const keys = each.keys
      ? { SIGNING_KEYS: `benchmark:${randomBytes(32).toString('base64url')}` }
      : undefined;
    await using service = await bench.start(each.title, {
      THUMBNAIL_CACHE: each.cache,
      ...server.settings,
      ...keys,
    });
    await measureCase(bench, each, service, server.address);
    await service.end();
  }
}

/** A cache's server, and what tells the service of it. */
export async function cacheServer(cache: HitCase['cache']) {
  const stack = new AsyncDisposableStack();
  const dispose = { [Symbol.asyncDispose]: () => stack.disposeAsync() };
  if (cache === 'memory') return { address: '', settings: {}, ...dispose };
  if (cache === 'redis') {
    const { port, url } = stack.use(await RedisServer.start());
    return { address: `127.0.0.1:${port}`, settings: { REDIS_URL: url }, ...dispose };
  }
  const { address } = stack.use(await Memcached.start());
  return { address, settings: { MEMCACHIER_SERVER: address }, ...dispose };
}

async function measureCase(bench: Bench, each: HitCase, service: Subject, cacheAddress = ''): Promise<void> {
  const { id, title } = each;
  const sources = await bench.sources();
  await using origin = await SourceHost.start(sources, bench.options.pace);
  // As a program asks, for a format, and as a browser does, which gets what it takes best.
  const asks = sources.flatMap((source) => {
    const url = origin.freshUrl(source);
    return [thumbnail(url, 256), thumbnail(url, 128, 'jpeg')];
  });
  const made = await askAll(bench, title, service, asks, bench.isLocal ? 'miss' : undefined);
  const found = await askAll(bench, title, service, asks, 'hit');
  await using held = new AsyncDisposableStack();
  const floors: Floor[] = [];
  for (const [kind, goal] of each.floors) {
    const answers = found.map((answer, at) => stored(asks[at], answer));
    const options = { kind, answers, cacheServer: cacheAddress };
    const server = held.use(await HitFloorServer.start(options, bench.signal));
    floors.push({ goal, title: server.title, url: server.url, pid: server.pid });
  }
  const { nginxCpuGoal: cpuGoal } = each;
  if (cpuGoal !== undefined && !isProxyInstalled('nginx')) bench.leaveOut('nginx', 'not installed');
  else if (cpuGoal !== undefined) {
    const nginx = held.use(await nginxBefore(service));
    floors.push({ cpuGoal, title: 'nginx with a cache', url: nginx.url, pid: nginx.pid });
  }
  await compareHits(bench, { id, title, service, asks, floors, isHit: true });
  if (each.revalidates) {
    const revalidations = asks.map((one, at) => {
      return { ...one, headers: { 'if-none-match': found[at]?.headers.get('etag') ?? '' } };
    });
    const withoutGoals = floors.map((floor) => ({ ...floor, goal: undefined, cpuGoal: undefined }));
    const comparison = { id: `${id}.304`, title: '304s of the same', status: 304, isHit: true };
    await compareHits(bench, { ...comparison, service, asks: revalidations, floors: withoutGoals });
  }
  // The many answers above were not kept: here the bytes are compared.
  const last = await askAll(bench, title, service, asks, 'hit');
  const isChanged = ({ body }: Answer, at: number) =>
    [found[at], last[at]].some((other) => other?.body.equals(body) !== true);
  const changed = made.filter(isChanged);
  if (changed.length > 0) bench.fault(`${title}: ${changed.length} hits are not the bytes that were made`);
}

/** One after another. */
async function askAll(
  bench: Bench,
  title: string,
  { url }: Subject,
  asks: readonly Ask[],
  cache: 'hit' | 'miss' | undefined,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const one of asks) {
    const answer = await ask(url, one);
    const problem = cache && problemOf(answer, cache);
    if (problem !== undefined) bench.fault(`${title}: ${problem} (${one.path})`);
    answers.push(answer);
  }
  return answers;
}
