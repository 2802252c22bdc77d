import { type Bench, type Subject, type Turn } from './bench.ts';
import { Child } from './child.ts';
import { FrontProxy } from '../kit/front-proxies.ts';
import type { FloorKind, HitFloor } from './floors/stored-answers.ts';
import { type Answer, type Ask, hammer, measure } from './load.ts';

const FLOORS: Readonly<Record<FloorKind, string>> = {
  http: 'bare node:http',
  koa: 'bare Koa',
  'koa-sharp': 'bare Koa with sharp',
  memjs: 'node:http + memjs',
  ioredis: 'node:http + ioredis',
};
/** Requests at once. */
const CONNECTIONS = 32;

/** What hits are held against: a server in a process of its own that answers the same bytes and does nothing else. */
export class HitFloorServer implements AsyncDisposable {
  readonly #child: Child<HitFloor>;
  readonly title: string;
  url = '';

  static async start(
    options: Parameters<HitFloor['listen']>[0],
    signal: AbortSignal,
  ): Promise<HitFloorServer> {
    const floor = new HitFloorServer(options.kind, signal);
    floor.url = `http://127.0.0.1:${await floor.#child.call('listen', options)}`;
    return floor;
  }

  private constructor(kind: FloorKind, signal: AbortSignal) {
    this.title = FLOORS[kind];
    this.#child = new Child(new URL('floors/stored-answers.ts', import.meta.url), signal);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

/** nginx, which keeps what the service has answered, and answers that itself. */
export async function nginxBefore({ url }: Pick<Subject, 'url'>): Promise<FrontProxy> {
  return FrontProxy.nginx(NGINX, new URL(url).port);
}

const NGINX = `
  keepalive_requests 10000000;
  proxy_cache_path /var/cache/nginx/thumbnails keys_zone=thumbnails:10m;
  location / {
    proxy_pass http://127.0.0.1:8000;
    proxy_cache thumbnails;
    proxy_cache_key "$request_uri $http_accept";
    proxy_ignore_headers Vary;
  }`;

/** What a floor needs to answer as the service did. */
export function stored(ask: Ask | undefined, { headers, body }: Answer) {
  const field = (name: string) => headers.get(name) ?? '';
  return {
    request: `${ask?.method ?? ''} ${ask?.path ?? ''}`,
    body,
    type: field('content-type'),
    etag: field('etag'),
  };
}

export interface Floor extends Pick<HitFloorServer, 'url' | 'title'>, Pick<Turn, 'goal' | 'cpuGoal'> {
  readonly pid: number | undefined;
  /** Where it is asked for something else. */
  readonly asks?: readonly Ask[];
}

export interface HitComparison {
  readonly id: string;
  readonly title: string;
  readonly service: Subject;
  readonly asks: readonly Ask[];
  readonly floors: readonly Floor[];
  readonly status?: number;
  /** Whether each answer of the service has to say that it is a hit. */
  readonly isHit: boolean;
}

/** The same requests, to each floor and to the service, in turns, over and over. */
export async function compareHits(bench: Bench, comparison: HitComparison): Promise<void> {
  const { service, asks, floors, status = 200, isHit } = comparison;
  const { hitSeconds: seconds, hitRounds } = bench.scale;
  const onProblem = (problem: string) => bench.fault(`${comparison.title}: ${problem}`);
  const turn = (url: string, pid: number | undefined, ofHits: boolean, wanted: readonly Ask[]) => () => {
    const load = { connections: CONNECTIONS, seconds, status, isHit: ofHits, seed: bench.seed, onProblem };
    return measure(pid, () => hammer(url, wanted, load));
  };
  const turns = floors.map((floor) => ({
    ...floor,
    run: turn(floor.url, floor.pid, false, floor.asks ?? asks),
  }));
  const serve = turn(service.url, service.pid, isHit, asks);
  // Before the first round, in which compilers and caches find their feet.
  for (const { run } of [...turns, { run: serve }]) await run();
  await bench.takeTurns(comparison, serve, turns, hitRounds);
}
