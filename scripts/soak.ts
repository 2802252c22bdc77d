/**
 * Drives a service of its own with a mixed load of good, odd and hostile images, and prints what it took: peak memory,
 * slowest answers, counts by code. Exits with 1 where the service died, answered 500, made a thumbnail of a hostile
 * image, kept /healthz waiting, or took more memory than it may. Linux only.
 *
 *     node scripts/soak.ts --minutes 3 --concurrency 24 --memory-limit 512
 *
 * The service gets the settings of a task with so many MiB. Allocator settings are handed on from the environment:
 *
 *     MALLOC_ARENA_MAX=2 node scripts/soak.ts
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOrigin } from './kit/origin.ts';
import { RunningService } from './kit/running-service.ts';
import { makeCorpus } from './soak/corpus.ts';
import { SoakReport } from './soak/report.ts';

const MIB = 1024 * 1024;
const HEALTH_INTERVAL_MS = 100;
const SIZES = ['64', '128', '256'];
const ACCEPTS = ['image/avif,image/webp,*/*', 'image/webp,*/*', '*/*'];

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '24' },
    'memory-limit': { type: 'string', default: '512' },
  },
});
const limitBytes = Number(options['memory-limit']) * MIB;

const corpus = await makeCorpus();
await using origin = await startOrigin();
for (const [name, { reply }] of corpus) origin.serve(`/${name}`, reply);
await using service = await RunningService.start({
  SOURCE_TIMEOUT: '2s',
  MEMORY_BUDGET: `${Math.floor((limitBytes * 2) / 5)}B`,
  // What the service gives itself where the container has such a limit.
  NODE_OPTIONS: `--max-old-space-size=${Math.floor(limitBytes / 4 / MIB)}`,
  ...allocatorSettings(),
});

const report = new SoakReport();
const endAt = Date.now() + Number(options.minutes) * 60_000;
const names = [...corpus.keys()];
let serial = 0;

console.log(
  `${names.length} sources, ${options.concurrency} at once, ${options.minutes} min; process ${service.pid}`,
);
await Promise.all([watchHealth(), ...Array.from({ length: Number(options.concurrency) }, client)]);
const peakBytes = await memoryOf('VmHWM');
await sleep(5000);
const settledBytes = await memoryOf('VmRSS');
const exitCode = await service.stop();
const faults = [
  ...report.faults(),
  ...(peakBytes > limitBytes ? [`peak memory is above ${limitBytes / MIB} MiB`] : []),
  ...(exitCode === 0 ? [] : [`the service ended with ${exitCode}`]),
  ...service.log.filter(({ level }) => Number(level) >= 50).map((line) => `logged: ${JSON.stringify(line)}`),
];
report.print({ peakBytes, settledBytes, faults });
process.exitCode = faults.length === 0 ? 0 : 1;

/** One after another, drawn at random; one in four is asked for again, which a cache may answer. */
async function client(): Promise<void> {
  let last = '';
  while (Date.now() < endAt) {
    const name = pick(names);
    const again = last !== '' && Math.random() < 0.25;
    if (!again) last = `${service.url}/thumbnail?${queryFor(name)}`;
    const kind = corpus.get(again ? nameOf(last) : name)?.kind ?? 'good';
    const startedAt = performance.now();
    const response = await fetch(last, { headers: { accept: pick(ACCEPTS) } });
    const body = await response.arrayBuffer();
    report.add({
      kind,
      status: response.status,
      code: codeOf(response, body),
      durationMs: performance.now() - startedAt,
    });
    if (response.status === 503) await sleep(200);
  }
}

function queryFor(name: string): string {
  serial += 1;
  return new URLSearchParams({ url: origin.url(`/${name}?${serial}`), size: pick(SIZES) }).toString();
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
    report.addHealth({ status, durationMs: performance.now() - startedAt });
    await sleep(HEALTH_INTERVAL_MS);
  }
}

async function memoryOf(field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${service.pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) * 1024;
}

function allocatorSettings(): Record<string, string> {
  const pattern = /^(MALLOC_\w+|GLIBC_TUNABLES|LD_PRELOAD|NODE_OPTIONS|RESIZE_CONCURRENCY)$/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      pattern.test(name) && value ? [[name, value]] : [],
    ),
  );
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}
