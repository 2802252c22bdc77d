/**
 * Serves broken images to a service of its own and prints the answers by code, the slowest and the peak memory. Exits
 * with 1 where the service died or did not answer, answered 500, or took more than five seconds. Linux only.
 *
 *     node scripts/fuzz.ts --count 5000 --seed 7
 *     node scripts/fuzz.ts --files ~/corpora/png --count 0
 *
 * `--files` takes every file of a folder and all below it as it is; `--count` more are made by damaging those, or,
 * without a folder, images of every kind. The same seed makes the same files. `--keep DIR` writes those at fault there.
 */
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argumentsOf } from './kit/arguments.ts';
import { mutate, sampleImages } from './kit/mutations.ts';
import { pick, randomOf } from './kit/random.ts';
import { startOrigin } from './kit/origin.ts';
import { RunningService } from './kit/running-service.ts';
import { memoryOf } from './kit/processes.ts';
import { table } from './kit/table.ts';

interface BrokenFile {
  readonly name: string;
  readonly load: () => Promise<Buffer>;
}

interface FuzzAnswer {
  readonly name: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly durationMs: number;
}

const GIVE_UP_MS = 30_000;
const SLOWEST_MS = 5000;
const LARGEST_SEED_BYTES = 1024 * 1024;
const SIZES = ['64', '128', '256'];
const FORMATS = ['jpeg', 'webp', 'png', 'avif', 'auto'];
const FITS = ['inside', 'cover', 'contain'];

const { values: options } = argumentsOf(import.meta.filename, {
  options: {
    files: { type: 'string' },
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '4' },
    keep: { type: 'string' },
  },
});
const seed = Number(options.seed);

const folder = options.files === undefined ? [] : await filesBelow(options.files);
const queue = [...folder, ...(await damagedFiles(folder, Number(options.count)))];
await using origin = await startOrigin();
await using service = await RunningService.start({
  MEMORY_BUDGET: process.env['MEMORY_BUDGET'] ?? '204MiB',
  INPUT_FORMATS: process.env['INPUT_FORMATS'] ?? 'jpeg,png,webp,gif,avif,heic,svg,bmp,ico',
  THUMBNAIL_CACHE: 'none',
  NODE_OPTIONS: '--max-old-space-size=128',
});
const answers: FuzzAnswer[] = [];
let faults = 0;
console.log(`${queue.length} files, process ${service.pid}`);

// Shared: each client takes the next one.
const files = queue.entries();
await Promise.all(Array.from({ length: Number(options.concurrency) }, client));
const { peakBytes } = await memoryOf(service.pid);
const exitCode = await service.stop();
const groups = [...Map.groupBy(answers, ({ status, code }) => `${status} ${code}`)];
console.log(table(groups.map(([name, list]) => [name, String(list.length)]).sort()));
const slowest = answers.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, 5);
for (const { name, durationMs } of slowest) console.log(`slowest: ${durationMs.toFixed(0)} ms ${name}`);
console.log(`peak memory ${(peakBytes / 1024 ** 2).toFixed(0)} MiB`);
for (const line of service.log.filter(({ level }) => Number(level) >= 50)) console.log(JSON.stringify(line));
if (exitCode !== 0) console.log(`FAULT: the service ended with ${exitCode}`);
process.exitCode = faults === 0 && exitCode === 0 ? 0 : 1;

async function client(): Promise<void> {
  for (const [at, file] of files) await tryOne(file, await file.load(), at);
}

async function tryOne({ name }: BrokenFile, body: Buffer, at: number): Promise<void> {
  const random = randomOf(seed + at);
  origin.serve(`/${at}`, { body });
  const query = new URLSearchParams({
    url: origin.url(`/${at}`),
    size: pick(random, SIZES),
    format: pick(random, FORMATS),
    fit: pick(random, FITS),
  });
  const startedAt = performance.now();
  const { status, code } = await ask(`${service.url}/thumbnail?${query.toString()}`);
  const durationMs = performance.now() - startedAt;
  origin.serve(`/${at}`, { status: 410 });
  answers.push({ name, status, code, durationMs });
  if (status !== 0 && status !== 500 && durationMs <= SLOWEST_MS) return;
  faults += 1;
  console.log(`FAULT: ${name} was answered ${status} ${code} in ${durationMs.toFixed(0)} ms`);
  if (options.keep !== undefined) {
    await mkdir(options.keep, { recursive: true });
    await writeFile(join(options.keep, String(at)), body);
  }
}

async function ask(url: string): Promise<{ status: number; code: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(GIVE_UP_MS) });
    const body = await response.arrayBuffer();
    if (response.ok) return { status: response.status, code: '' };
    return {
      status: response.status,
      code: (JSON.parse(Buffer.from(body).toString()) as { code: string }).code,
    };
  } catch (error) {
    return { status: 0, code: error instanceof Error ? error.message : '' };
  }
}

async function filesBelow(directory: string): Promise<BrokenFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: path, load: () => readFile(path) }));
}

async function damagedFiles(files: readonly BrokenFile[], count: number): Promise<BrokenFile[]> {
  if (count === 0) return [];
  const seeds = files.length > 0 ? await smallOnes(files) : [...(await sampleImages())];
  const others = seeds.map(([, bytes]) => bytes);
  return Array.from({ length: count }, (_, at) => {
    const random = randomOf(seed * 1_000_003 + at);
    const [name, bytes] = pick(random, seeds);
    return {
      name: `${name} (damage ${at})`,
      load: () => Promise.resolve(mutate(bytes, others, random)),
    };
  });
}

async function smallOnes(files: readonly BrokenFile[]): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  for (const { name, load } of files) {
    const { size } = await stat(name);
    if (size > 16 && size <= LARGEST_SEED_BYTES) found.push([name, await load()]);
  }
  return found;
}
