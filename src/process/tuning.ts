import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/**
 * What glibc needs to be told before a process begins, for decoders that take and give back large blocks in many threads.
 * Left alone it keeps an arena for each thread and much of what was freed; docs/performance.md has the figures.
 */
export const ALLOCATOR = {
  /** Arenas. */
  MALLOC_ARENA_MAX: '2',
  /** Bytes from which on a block is mapped by itself, and is given back when it is freed. */
  MALLOC_MMAP_THRESHOLD_: '1048576',
  /** Bytes at the end of an arena above which free ones are given back. */
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** Of the threads of libuv's pool, those that are left for look-ups and files when all decodes are under way. */
const THREADS_BESIDE_DECODES = 4;

/**
 * Percent of the memory that the process may use. Downloads leave much garbage outside the heap, which is collected the
 * sooner the smaller the heap may be.
 */
const HEAP_LIMIT = '--max-old-space-size-percentage=25';

/**
 * How much the heap may grow from one full collection to the next, in percent. V8 counts what downloads bring, outside the
 * heap and given back at once, as growth, and left alone it collected once for every one or two of them: 25 ms of
 * processor time each, as much as decoding a photograph.
 */
const HEAP_GROWTH = '--heap-growing-percent=300';

/** What the container image has on its command line. */
export const HEAP_FLAGS = [HEAP_LIMIT, HEAP_GROWTH];

/**
 * Sets what must be set before anything else runs. What an operator has set is left as it is. The allocator's settings
 * are read before any of our code is, so the process is started anew with them, in place: same id, same arguments. In
 * the container image all is set from the beginning, and this costs nothing.
 */
export function tuneProcess(): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(decodesAtOnce() + THREADS_BESIDE_DECODES);
  const isTuned = 'MALLOC_ARENA_MAX' in process.env || 'LD_PRELOAD' in process.env;
  // A child with a channel to its parent would lose it.
  if (process.platform !== 'linux' || isTuned || process.send !== undefined) {
    // Not where it is on the command line: a flag that is set later has Node throw away what it has compiled.
    if (!process.execArgv.includes(HEAP_GROWTH)) setFlagsFromString(HEAP_GROWTH);
    return;
  }
  const flags = [...process.execArgv, ...heapLimit(), HEAP_GROWTH];
  process.execve?.(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], {
    ...compileCache(),
    ...(process.env as Record<string, string>),
    ...ALLOCATOR,
  });
}

/**
 * Where Node keeps what it compiled, types stripped, from one start to the next: a third of the time of a start. Only
 * beside the packages, a place that is the service's own; where that cannot be written to, Node does without.
 */
function compileCache(): Record<string, string> {
  const packages = join(import.meta.dirname, '../..', 'node_modules');
  return existsSync(packages) ? { NODE_COMPILE_CACHE: join(packages, '.cache', 'thumbnailer') } : {};
}

/** The variable's own format is checked later, with all others. */
function decodesAtOnce(): number {
  return Number(process.env['RESIZE_CONCURRENCY']) || availableParallelism() + 1;
}

/** The percentage would overrule a limit that an operator has set. */
function heapLimit(): string[] {
  const given = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');
  return /max[-_]old[-_]space/.test(given) ? [] : [HEAP_LIMIT];
}
