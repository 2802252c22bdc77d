import { setTimeout as sleep } from 'node:timers/promises';
import { quantileSorted } from 'simple-statistics';
import { Client } from 'undici';
import { randomOf, shuffled } from '../kit/random.ts';
import { cpuMsOf } from '../kit/processes.ts';
import type { Source } from './sources.ts';

/** One thumbnail to be made. The formats are those whose encoder is settled by their name. */
export interface Job {
  readonly source: Pick<Source, 'name'>;
  readonly size: number;
  readonly format: 'webp' | 'jpeg' | 'png';
}

/** One request. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  /** And query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What browsers send, shortened to what is looked at or has to be parsed. */
const USUAL_HEADERS = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5',
  'accept-language': 'en-GB,en;q=0.5',
  'accept-encoding': 'gzip, deflate, br, zstd',
};
/** So that a noisy machine makes answers slow and not wrong. */
const TIMEOUT_MS = 90_000;

/** What one run of requests came to. */
export interface Measured {
  readonly requests: number;
  readonly perSecond: number;
  /** Processor milliseconds of the server for each request; NaN where they cannot be read. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Whether the requests may have come slower than they could have been answered. */
  readonly heldUp: boolean;
}

/** Of a CPU. A process that takes this much of one has no more to give. */
const BUSY = 0.9;

/**
 * @param pid of the server that does the work; undefined where it is elsewhere
 * @param work resolves with how long each request took, in milliseconds
 */
export async function measure(pid: number | undefined, work: () => Promise<number[]>): Promise<Measured> {
  const cpu = async () => (pid === undefined ? NaN : await cpuMsOf(pid));
  const [cpuBefore, ownBefore, startedAt] = [await cpu(), process.cpuUsage(), performance.now()];
  const latencies = (await work()).sort((a, b) => a - b);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(ownBefore);
  const cpuMs = (await cpu()) - cpuBefore;
  if (latencies.length === 0) throw new Error('nothing was answered');
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsedMs) * 1000,
    cpuMs: cpuMs / latencies.length,
    p50Ms: quantileSorted(latencies, 0.5),
    p99Ms: quantileSorted(latencies, 0.99),
    heldUp: (user + system) / 1000 / elapsedMs > BUSY && cpuMs / elapsedMs < BUSY,
  };
}

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  readonly status: number;
  /** Whether each answer has to say that it is a hit. */
  readonly isHit: boolean;
  readonly seed: number;
  /** Called with what is wrong with an answer, or how the connection broke. */
  readonly onProblem: (problem: string) => void;
}

/**
 * Asks for any of these, over and over, on so many connections, each in an order of its own. Bodies are not kept, so that
 * it is the server that is measured.
 *
 * @returns how long each took, in milliseconds
 */
export async function hammer(url: string, asks: readonly Ask[], load: Load): Promise<number[]> {
  const random = randomOf(load.seed);
  const requests = asks.map((ask) => ({ ...ask, headers: { ...USUAL_HEADERS, ...ask.headers } }));
  const latencies: number[] = [];
  const endAt = performance.now() + load.seconds * 1000;
  const connection = async () => {
    const client = new Client(url, { headersTimeout: TIMEOUT_MS });
    for (const own = shuffled(requests, random); ;) {
      for (const request of own) {
        const startedAt = performance.now();
        if (startedAt >= endAt) return client.destroy();
        const problem = await dispatch(client, request, load);
        if (problem === undefined) latencies.push(performance.now() - startedAt);
        else load.onProblem(problem);
      }
    }
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  return latencies;
}

/** @returns what is wrong; undefined where all is well */
async function dispatch(client: Client, request: Ask, load: Load): Promise<string | undefined> {
  const answered = Promise.withResolvers<string | undefined>();
  let problem: string | undefined;
  client.dispatch(
    { ...request, body: request.body ?? null },
    {
      onRequestStart: () => undefined,
      onResponseStart(_controller, status, headers) {
        if (status !== load.status) problem = `status ${status} instead of ${load.status}`;
        else if (load.isHit && !String(headers['cache-status']).includes('; hit')) problem = 'not a hit';
      },
      onResponseData: () => undefined,
      onResponseEnd: () => answered.resolve(problem),
      onResponseError: (_controller, error) => answered.resolve(error.message),
    },
  );
  return answered.promise;
}

/** Walks the items in this order, so many at once. @returns how long each took, in milliseconds */
export async function walk<T>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<number[]> {
  const latencies: number[] = [];
  // Shared: each takes the next one.
  const queue = items[Symbol.iterator]();
  const walker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const startedAt = performance.now();
      await work(next.value);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, walker));
  return latencies;
}

/**
 * Begins the work on each item when it is due, whether or not those before are done; the times between are as random as
 * people's are (a Poisson process).
 *
 * @param work is handed when the item was due, as `performance.now()` counts
 */
export async function atRate<T>(
  items: readonly T[],
  perSecond: number,
  seed: number,
  work: (item: T, dueAtMs: number) => Promise<void>,
): Promise<void> {
  const random = randomOf(seed);
  const under: Promise<void>[] = [];
  let dueAt = performance.now();
  for (const item of items) {
    while (performance.now() < dueAt) await sleep(1);
    under.push(work(item, dueAt));
    dueAt += (-Math.log(1 - random()) / perSecond) * 1000;
  }
  await Promise.all(under);
}

/** One request, with its answer. @throws Error where there is none */
export async function ask(url: string, { path, method, headers, body }: Ask): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const fields = { ...USUAL_HEADERS, ...headers };
  const response = await fetch(url + path, { method, headers: fields, signal, body: body ?? null });
  const { status, headers: received } = response;
  return { status, headers: received, body: Buffer.from(await response.arrayBuffer()) };
}
