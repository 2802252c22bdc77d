import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { keepShapeOfTicks } from './kept-shapes.ts';

/** Settings of glibc's allocator, so that bytes that come and go leave no gaps between those that stay (docs/performance.md, Memory). */
export const ALLOCATOR = {
  /** Arenas. A second one, for threads that read files and look up names, holds as much again of what was freed. */
  MALLOC_ARENA_MAX: '1',
  /** A block of so many bytes or more is mapped by itself, and returned when it is freed. */
  MALLOC_MMAP_THRESHOLD_: '131072',
  /** Free bytes at the end of an arena above which they are returned. */
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** Where images are decoded in the process, their blocks are kept for one another, and decodes do not wait for one arena. */
const ALLOCATOR_WITH_DECODERS = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576' };

/** Threads of libuv's pool that are left for files while decodes use all others. */
const THREADS_BESIDE_DECODES = 4;

/** Percent of the memory that the process may use (docs/performance.md, Memory). */
const HEAP_LIMIT = '--max-old-space-size-percentage=25';

/** Mebibytes of each half of the heap for new objects: V8's own choice holds 45 MiB more (docs/performance.md, Memory). */
export const NEW_SPACE_LIMIT = '--max-semi-space-size=8';

/** Percent by which the heap may grow between two full collections (docs/performance.md, Garbage). */
const HEAP_GROWTH = '--heap-growing-percent=300';

/**
 * While the first misses are made, V8 sees objects of requests live long, and puts all of their kind into the old space
 * from then on: there they keep each request, with all that it has, until a full collection (docs/performance.md, Garbage).
 */
const NO_PRETENURING = '--no-allocation-site-pretenuring';

/** What no operator sets. */
const FIXED_FLAGS = [HEAP_GROWTH, NO_PRETENURING];

/** What the container image has on its command line. */
export const HEAP_FLAGS = [HEAP_LIMIT, NEW_SPACE_LIMIT, ...FIXED_FLAGS];

/**
 * Sets what must be set before anything else runs, except where an operator has set it. The allocator reads its settings
 * before any of our code runs: the process therefore replaces itself (`execve`: same id, same arguments), unless the
 * settings are there from the beginning, as in the container image.
 */
export function tuneProcess(): void {
  if (process.env['DECODERS'] === 'in-process') {
    process.env['UV_THREADPOOL_SIZE'] ??= String(resizeConcurrency() + THREADS_BESIDE_DECODES);
  }
  if (canReplaceItself()) replaceItself();
  // A flag that is set at run time has Node discard its compile cache: not where the command line has it.
  for (const flag of FIXED_FLAGS) {
    if (!process.execArgv.includes(flag)) setFlagsFromString(flag);
  }
  keepShapeOfTicks();
}

function canReplaceItself(): boolean {
  const isTuned = 'MALLOC_ARENA_MAX' in process.env || 'LD_PRELOAD' in process.env;
  // A child with a channel to its parent would lose it.
  return process.platform === 'linux' && !isTuned && process.send === undefined;
}

function replaceItself(): void {
  const flags = [...process.execArgv, ...heapLimits(), ...FIXED_FLAGS];
  process.execve?.(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], {
    ...compileCache(),
    ...(process.env as Record<string, string>),
    ...ALLOCATOR,
    ...(process.env['DECODERS'] === 'in-process' && ALLOCATOR_WITH_DECODERS),
  });
}

/** Where Node keeps compiled code from one start to the next (docs/performance.md, Start). */
function compileCache(): Record<string, string> {
  const packages = join(import.meta.dirname, '../..', 'node_modules');
  return existsSync(packages) ? { NODE_COMPILE_CACHE: join(packages, '.cache', 'thumbnailer') } : {};
}

/** As the configuration has it; that also checks the variable's format, later. */
function resizeConcurrency(): number {
  return Number(process.env['RESIZE_CONCURRENCY']) || availableParallelism() + 1;
}

/** Without those that an operator has set: a percentage would override their number. */
function heapLimits(): string[] {
  const given = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');
  return [
    ...(/max[-_]old[-_]space/.test(given) ? [] : [HEAP_LIMIT]),
    ...(/max[-_]semi[-_]space/.test(given) ? [] : [NEW_SPACE_LIMIT]),
  ];
}
