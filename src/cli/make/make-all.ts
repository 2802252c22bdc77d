import { availableParallelism } from 'node:os';
import { formatFileSize } from '../../domain/errors/units.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import type { MadeThumbnail } from '../../library/create-thumbnailer.ts';
import { reasonOf } from '../file-faults.ts';
import { type LocalThumbnailer, createLocalThumbnailer } from '../local-thumbnailer.ts';
import type { FoundImage } from './find-images.ts';
import { type Plan, TakenPaths, type Target, planOutputs } from './outputs.ts';
import { Progress } from './progress.ts';
import { writeWhole } from './write-whole.ts';

/** As shells have it: 128 and the signal's number. Where a process cannot be ended by the signal, as the first of a container. */
const INTERRUPTED = 130;

export interface MakeOptions {
  readonly target: Target;
  readonly texts: OptionTexts;
  readonly isQuiet: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Makes the thumbnails of all images, as many at once as there are processors. One that fails keeps none of the others
 * from being made.
 *
 * @returns the exit code
 */
export async function makeAll(images: readonly FoundImage[], options: MakeOptions): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt);
  try {
    await using thumbnailer = await createLocalThumbnailer(options.environment);
    const failed = await work(images, options, thumbnailer, interrupted.signal);
    if (interrupted.signal.aborted) return INTERRUPTED;
    if (images.length > 1 && !options.isQuiet) process.stderr.write(`${summary(images.length, failed)}\n`);
    return failed > 0 ? 1 : 0;
  } finally {
    process.removeListener('SIGINT', interrupt);
    // A shell ends its loop where the signal did, and not where an exit code says so. Nor does a pipe that nobody writes to
    // let the process end by itself.
    if (interrupted.signal.aborted) process.kill(process.pid, 'SIGINT');
  }
}

/** @returns how many failed */
async function work(
  images: readonly FoundImage[],
  { target, texts, isQuiet }: MakeOptions,
  thumbnailer: LocalThumbnailer,
  signal: AbortSignal,
): Promise<number> {
  using progress = new Progress(images.length, process.stderr.isTTY && !isQuiet);
  const taken = await TakenPaths.of(images);
  const queue = planOutputs(images, target).values();
  let failed = 0;
  const worker = async () => {
    for (const plan of queue) {
      try {
        const path = await makeOne(plan, { thumbnailer, texts, taken, signal });
        progress.advance(isQuiet || path === '-' ? undefined : path, process.stdout);
      } catch (error) {
        // What is in the queue then fails at once, too.
        if (signal.aborted) continue;
        failed += 1;
        progress.advance(`${plan.path}: ${reasonOf(error)}`, process.stderr);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failed;
}

interface Surroundings {
  readonly thumbnailer: LocalThumbnailer;
  readonly texts: OptionTexts;
  readonly taken: TakenPaths;
  readonly signal: AbortSignal;
}

/** @returns where the thumbnail is */
async function makeOne(plan: Plan, { thumbnailer, texts, taken, signal }: Surroundings): Promise<string> {
  const made = await thumbnailer.thumbnail(plan.path, texts, signal);
  const path = plan.outputFor(extensionOf(made, texts));
  if (path === '-') {
    process.stdout.write(made.bytes);
    return path;
  }
  await taken.take(path);
  await writeWhole(path, made.bytes);
  return `${path} ${made.width}×${made.height} ${formatFileSize(made.bytes.length)}`;
}

/** `jpg` where that was asked for. */
function extensionOf({ format }: MadeThumbnail, texts: OptionTexts): string {
  return texts.format === 'jpg' ? 'jpg' : format;
}

function summary(total: number, failed: number): string {
  const made = total - failed;
  return `${made} of ${total} thumbnails made${failed > 0 ? `, ${failed} failed` : ''}`;
}
