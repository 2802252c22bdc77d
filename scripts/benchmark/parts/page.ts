import { median } from 'simple-statistics';
import { whyNoMemcached } from '../../kit/memcached.ts';
import { submission, thumbnail } from '../asks.ts';
import type { Bench, Subject } from '../bench.ts';
import { type Floor, HitFloorServer, compareHits, stored } from '../hit-floor.ts';
import { ask } from '../load.ts';
import { SourceHost } from '../origin.ts';
import { cacheServer } from './hits.ts';

/** The server's own time, as the page says it. */
const PROCESSING_TIME = /id="processing-time">(\d+)</;

/** The form, sent again and again, beside a bare Koa that answers a page of that length. */
export async function measurePage(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    await using service = await bench.start('the page');
    await measureCase(bench, { id: 'page', title: 'the page' }, service);
    return;
  }
  for (const [cache, goalMs, hitGoal] of [
    ['memory', 2, 3.5],
    ['memcached', 5, 2.5],
  ] as const) {
    const title = `the page, from ${cache}`;
    const why = cache === 'memcached' ? whyNoMemcached() : undefined;
    if (why !== undefined) {
      bench.leaveOut(title, why);
      continue;
    }
    await using server = await cacheServer(cache);
    await using service = await bench.start(title, { THUMBNAIL_CACHE: cache, ...server.settings });
    await measureCase(bench, { id: `page.${cache}`, title, goalMs, hitGoal }, service);
    await service.end();
  }
}

interface PageCase {
  readonly id: string;
  readonly title: string;
  /** Of the server's own time. */
  readonly goalMs?: number;
  /** Of a page's CPU to that of a thumbnail that is cached. */
  readonly hitGoal?: number;
}

async function measureCase(
  bench: Bench,
  { id, title, goalMs, hitGoal }: PageCase,
  service: Subject,
): Promise<void> {
  const sources = await bench.sources();
  await using origin = await SourceHost.start(sources, bench.options.pace);
  const addresses = sources.map((source) => origin.freshUrl(source));
  const asks = addresses.map((address) => submission(address, 256));
  for (const one of asks) await ask(service.url, one);

  // Of one request after another, the median of each round; and the page of middle length, for the floor.
  const rounds: number[] = [];
  const pages = [];
  for (let round = 0; round < bench.scale.hitRounds; round += 1) {
    const times: number[] = [];
    for (const one of asks) {
      const answer = await ask(service.url, one);
      const time = PROCESSING_TIME.exec(answer.body.toString())?.[1];
      if (answer.status !== 200 || time === undefined || !answer.body.includes('>hit<'))
        bench.fault(`${title}: status ${answer.status}, or a page that does not say "hit" and its time`);
      times.push(Number(time));
      pages.push({ one, answer });
    }
    rounds.push(median(times));
  }
  await using held = new AsyncDisposableStack();
  const floors: Floor[] = [];
  const middle = pages.sort((a, b) => a.answer.body.length - b.answer.body.length)[
    Math.floor(pages.length / 2)
  ];
  if (bench.isLocal && middle !== undefined) {
    const answers = [stored(middle.one, middle.answer)];
    floors.push(
      held.use(await HitFloorServer.start({ kind: 'koa', answers, cacheServer: '' }, bench.signal)),
    );
  }
  if (bench.isLocal) {
    const thumbnails = addresses.map((address) => thumbnail(address, 256));
    for (const one of thumbnails) await ask(service.url, one);
    floors.push({ ...service, title: 'a hit of its own', cpuGoal: hitGoal, asks: thumbnails });
  }
  await compareHits(bench, { id, title, service, asks, floors, isHit: false });
  bench.record(`${id}.server`, '  server time, as it says', 'ms', rounds, { goal: goalMs });
}
