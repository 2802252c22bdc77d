/**
 * Drives a service of its own, bundled as in the container image, with a mixed load of good, odd and hostile images, and
 * prints what it took: the course of its memory from a full cache on, slowest answers, counts by code. Exits with 1 where
 * the service died, answered 500, made a thumbnail of a hostile image, kept /healthz waiting, took more memory than it may,
 * all of its processes together, or came to take more and more. Linux only.
 *
 *     node scripts/soak.ts --minutes 3 --concurrency 24 --memory-limit 512
 *
 * The service gets the settings of a task with so many MiB. Allocator settings are handed on from the environment:
 *
 *     MALLOC_ARENA_MAX=2 node scripts/soak.ts
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { max, quantile } from 'simple-statistics';
import { NEW_SPACE_LIMIT } from '../src/process/tuning.ts';
import { BundledService } from './benchmark/bundled-service.ts';
import { argumentsOf } from './kit/arguments.ts';
import { type Origin, startOrigin } from './kit/origin.ts';
import { photograph } from './kit/images.ts';
import { proportionalBytesOf } from './kit/processes.ts';
import { pick } from './kit/random.ts';
import { RunningService } from './kit/running-service.ts';
import { table } from './kit/table.ts';
import { type SoakSource, makeCorpus } from './soak/corpus.ts';
import { fillCache } from './soak/fill-cache.ts';
import { MemoryCourse } from './soak/memory-course.ts';

const MIB = 1024 * 1024;
const CACHE_BYTES = 64 * MIB;
const MAKE_TIMEOUT_MS = 60_000;
const HEALTH_INTERVAL_MS = 100;
const SETTLE_MS = 5000;
/** An orchestrator asks every few seconds and gives up after some more; this is far below. */
const SLOWEST_HEALTH_MS = 1000;
/** By so much the last tenth of the time may be above the second, in a soak that is long enough to tell. */
const MAX_GROWTH = 0.05;
const TELLING_MINUTES = 20;
const SIZES = ['64', '128', '256'];
const ACCEPTS = ['image/avif,image/webp,*/*', 'image/webp,*/*', '*/*'];
/** What takes most bytes of all that an unsigned request may ask for: what keeps thumbnails too long shows by these. */
const LARGEST = { size: '256', dpr: '3', format: 'png' };
const SHARE_OF_LARGEST = 0.1;
/** Of clients that leave before they have an answer, within so long. */
const SHARE_OF_LEAVING = 0.05;
const LEAVING_MS = 500;

const { values: options } = argumentsOf(import.meta.filename, {
  options: {
    minutes: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '24' },
    'memory-limit': { type: 'string', default: '512' },
    decoders: { type: 'string', default: '1' },
  },
});
const limitBytes = Number(options['memory-limit']) * MIB;

const corpus = await makeCorpus();
// A host that stalls is left alone for a while: what is good must come from another.
await using origin = await startOrigin();
await using hostileOrigin = await startOrigin({ host: '127.0.0.2' });
for (const [name, { kind, reply }] of corpus) originOf(kind).serve(`/${name}`, reply);
await using bundled = await BundledService.make(AbortSignal.timeout(MAKE_TIMEOUT_MS));
const settings = {
  SOURCE_TIMEOUT: '2s',
  MEMORY_BUDGET: `${Math.floor((limitBytes * 2) / 5)}B`,
  MEMORY_CACHE_SIZE: `${CACHE_BYTES}B`,
  RESIZE_CONCURRENCY: options.decoders,
  // What a container with such a limit gives it.
  NODE_OPTIONS: `--max-old-space-size=${Math.floor(limitBytes / 4 / MIB)} ${NEW_SPACE_LIMIT}`,
  ...bundled.command.environment,
  ...allocatorSettings(),
};
await using service = await RunningService.start(settings, join(bundled.folder, 'main.js'));

const [minutes, concurrency] = [Number(options.minutes), Number(options.concurrency)];
origin.serve('/small', { body: await photograph({ width: 256, height: 256 }).jpeg().toBuffer() });
const filledWith = await fillCache({
  cacheBytes: CACHE_BYTES,
  concurrency,
  maxMs: minutes * 60_000,
  urlOf: (number) => thumbnailUrl({ url: origin.url(`/small?${number}`), size: '256', format: 'png' }),
});

/** Durations in milliseconds by what was answered, as `hostile: 422 image-too-large`. */
const answers = new Map<string, number[]>();
const endAt = Date.now() + minutes * 60_000;
const names = [...corpus.keys()];
let serial = 0;

console.log(
  `cache filled with ${filledWith} thumbnails; ${names.length} sources, ${concurrency} at once, ${minutes} min; process ${service.pid}`,
);
const course = new MemoryCourse();
await Promise.all([
  watchHealth(),
  course.watch(service.pid, endAt),
  ...Array.from({ length: concurrency }, client),
]);
const { peak, growth } = course;
await sleep(SETTLE_MS);
const settled = await proportionalBytesOf(service.pid);
const exitCode = await service.stop();
const count = (pattern: RegExp) =>
  [...answers].reduce((sum, [name, list]) => sum + (pattern.test(name) ? list.length : 0), 0);
const isTooSlow = max(answers.get('health: 200 ok') ?? [Infinity]) > SLOWEST_HEALTH_MS;
const faults = [
  ...(count(/: 500 /) > 0 ? [`${count(/: 500 /)} answers were 500`] : []),
  ...(count(/^hostile: 200 /) > 0 ? [`${count(/^hostile: 200 /)} thumbnails of hostile images`] : []),
  ...(count(/: 200 miss/) === 0 ? ['no thumbnail was made at all'] : []),
  ...(count(/^health: (?!200)/) > 0 || isTooSlow
    ? [`/healthz failed or took over ${SLOWEST_HEALTH_MS} ms`]
    : []),
  ...(peak.all > limitBytes ? [`peak memory is above ${limitBytes / MIB} MiB`] : []),
  ...(minutes >= TELLING_MINUTES && growth > MAX_GROWTH ? ['memory goes on growing'] : []),
  ...(exitCode === 0 ? [] : [`the service ended with ${exitCode}`]),
  ...service.log.filter(({ level }) => Number(level) >= 50).map((line) => `logged: ${JSON.stringify(line)}`),
];
const rows = [...answers]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([name, durations]) => {
    return [
      name,
      String(durations.length),
      ...[0.5, 0.99, 1].map((part) => quantile(durations, part).toFixed(0)),
    ];
  });
console.log(table([['answer', 'count', 'p50 ms', 'p99 ms', 'max ms'], ...rows]));
const mib = (bytes: number) => (bytes / MIB).toFixed(0);
const tenths = course.parts.map((part, at) => [
  `${at + 1}`,
  ...[part.medianBytes, part.ownMedianBytes, part.peakBytes].map(mib),
]);
console.log(`\n${table([['tenth', 'median MiB', 'of the service', 'peak MiB'], ...tenths])}`);
console.log(
  `\nall processes together: peak ${mib(peak.all)} MiB (the service ${mib(peak.own)}, decoders ${peak.started.map(mib).join(', ')}), last tenth ${(growth * 100).toFixed(0)} % above the second, ` +
    `${SETTLE_MS / 1000} s after the end ${mib(settled.all)} MiB`,
);
for (const fault of faults) console.log(`FAULT: ${fault}`);
if (faults.length === 0) console.log('No fault.');
process.exitCode = faults.length === 0 ? 0 : 1;

/** One after another, drawn at random; one in four is asked for again, which a cache may answer. */
async function client(): Promise<void> {
  let last = '';
  while (Date.now() < endAt) {
    const name = pick(Math.random, names);
    const again = last !== '' && Math.random() < 0.25;
    if (!again) last = urlFor(name);
    const kind = corpus.get(again ? nameOf(last) : name)?.kind ?? 'good';
    const startedAt = performance.now();
    const { status, code } = await ask(last);
    record(`${kind}: ${status} ${code}`, startedAt);
    if (status === 503) await sleep(200);
  }
}

/** Now and then it leaves, whatever the answer would have been. */
async function ask(url: string): Promise<{ readonly status: number | 'no answer'; readonly code: string }> {
  const isLeaving = Math.random() < SHARE_OF_LEAVING;
  const signal = isLeaving ? AbortSignal.timeout(Math.ceil(Math.random() * LEAVING_MS)) : null;
  try {
    const response = await fetch(url, { headers: { accept: pick(Math.random, ACCEPTS) }, signal });
    return { status: response.status, code: codeOf(response, await response.arrayBuffer()) };
  } catch (error) {
    if (signal?.aborted === true) return { status: 'no answer', code: 'left' };
    throw error;
  }
}

function urlFor(name: string): string {
  serial += 1;
  const url = originOf(corpus.get(name)?.kind).url(`/${name}?${serial}`);
  const isLargest = Math.random() < SHARE_OF_LARGEST;
  return thumbnailUrl({ url, ...(isLargest ? LARGEST : { size: pick(Math.random, SIZES) }) });
}

function thumbnailUrl(parameters: Record<string, string>): string {
  return `${service.url}/thumbnail?${new URLSearchParams(parameters).toString()}`;
}

function originOf(kind: SoakSource['kind'] | undefined): Origin {
  return kind === 'hostile' ? hostileOrigin : origin;
}

function nameOf(url: string): string {
  return new URL(new URL(url).searchParams.get('url') ?? '').pathname.slice(1);
}

function codeOf(response: Response, body: ArrayBuffer): string {
  if (response.ok) return response.headers.get('cache-status')?.includes('; hit') ? 'hit' : 'miss';
  return (JSON.parse(Buffer.from(body).toString()) as { code: string }).code;
}

async function watchHealth(): Promise<void> {
  while (Date.now() < endAt) {
    const startedAt = performance.now();
    const { status } = await fetch(`${service.url}/healthz`);
    record(`health: ${status} ok`, startedAt);
    await sleep(HEALTH_INTERVAL_MS);
  }
}

function record(name: string, startedAt: number): void {
  const list = answers.get(name) ?? [];
  list.push(performance.now() - startedAt);
  answers.set(name, list);
}

function allocatorSettings(): Record<string, string> {
  const pattern = /^(MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|NODE_OPTIONS)$/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      pattern.test(name) && value ? [[name, value]] : [],
    ),
  );
}
