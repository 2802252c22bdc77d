import { type ChildProcess, spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import type { Socket } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { launcher } from './launcher.ts';

/** A JavaScript heap for one image's facts, collected without threads of its own. */
export const FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--single-threaded-gc'];

/** What a decoder keeps of what an image has freed, for the next one: more goes back to the system at once. */
export const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * All of its environment. Nothing of the service's is handed on, where secrets may be.
 *
 * Mapping memory again took up to half of the time of some images (docs/performance.md, "Decoders"): so blocks below 32 MiB
 * come from an arena, of which there is one, as a second one holds as much again of what was freed. What an image needs beyond
 * what was kept comes in huge pages, where the system has them: page by page it cost a large progressive JPEG a quarter more.
 * An image is encoded in two formats at a time at most. And libvips must not turn to files, which it would do for images that
 * are large when decoded.
 */
const ENVIRONMENT = {
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '33554432',
  MALLOC_TRIM_THRESHOLD_: String(KEPT_BYTES),
  UV_THREADPOOL_SIZE: '2',
  VIPS_DISC_THRESHOLD: '1024g',
};

/**
 * Where processors are scarce, the service's own process comes first: it answers from the cache, and fetches for those who
 * wait, while decoders work on large images. Steps below the service's own priority: to give a process a higher one is not
 * allowed to everyone, and the service may have been started with a low one.
 */
const STEPS_BELOW = 5;

export interface DecoderProgram {
  /** Path of a module that calls `serveDecodes`. */
  readonly path: string;
  readonly arguments: readonly string[];
}

/** One that was started before any was asked for. */
let early: { readonly key: string; readonly decoder: ChildProcess } | undefined;

/**
 * Starts one beside what else there is to do until the first is needed: that is then this one, if it is of this program. Where
 * it cannot be started, that is told once one is needed, which is then started again.
 */
export function startDecoderEarly(program: DecoderProgram): void {
  try {
    const decoder = spawnDecoder(program);
    decoder.on('error', () => undefined);
    // It keeps nobody's process alive before it is needed.
    decoder.unref();
    for (const stream of decoder.stdio) (stream as Socket | null)?.unref();
    early = { key: keyOf(program), decoder };
  } catch {
    early = undefined;
  }
}

/** @throws what the system says where it has no process to give */
export function startDecoder(program: DecoderProgram): ChildProcess {
  const decoder = early?.key === keyOf(program) ? early.decoder : undefined;
  if (decoder === undefined) return spawnDecoder(program);
  early = undefined;
  const isAlive = decoder.pid !== undefined && decoder.exitCode === null && decoder.signalCode === null;
  return isAlive ? decoder : spawnDecoder(program);
}

/**
 * In a session of its own: a signal from a terminal is for the service, which may still need its decoders to finish what it
 * has begun.
 */
function spawnDecoder(program: DecoderProgram): ChildProcess {
  const cache = getCompileCacheDir();
  const node = [process.execPath, ...FLAGS, program.path, ...program.arguments] as const;
  const [command, ...options] = [...launcher(), ...node] as [string, ...string[]];
  const decoder = spawn(command, options, {
    cwd: '/',
    env: cache === undefined ? ENVIRONMENT : { ...ENVIRONMENT, NODE_COMPILE_CACHE: dirname(cache) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Before it has threads, which take it over.
  const priority = Math.min(getPriority() + STEPS_BELOW, constants.priority.PRIORITY_LOW);
  if (decoder.pid !== undefined) setPriority(decoder.pid, priority);
  return decoder;
}

function keyOf({ path, arguments: given }: DecoderProgram): string {
  return JSON.stringify([path, given]);
}
