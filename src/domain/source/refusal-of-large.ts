import { SourceTooLargeError, type ThumbnailerError } from '../errors/index.ts';
import type { InputFormat } from '../image/formats.ts';
import { refusalOf } from '../image/refusal.ts';
import { withDeadline } from '../work/deadline.ts';
import { raceSignal } from '../work/race.ts';

/** What the file of a source may be. */
interface FileLimits {
  readonly inputFormats: readonly InputFormat[];
  readonly maxBytes: number;
}

interface RefusalOptions {
  /** Those that are taken; undefined where what it is does not matter. */
  readonly inputFormats: readonly InputFormat[] | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** How long a body that is too large anyway may take to show what it is. */
const SHOW_MS = 1000;

/** A video is called a video, however large: of no more than an image is its size what is wrong with it. */
export async function refusalOfLarge(
  body: AsyncIterable<Uint8Array>,
  { inputFormats, maxBytes, signal }: RefusalOptions,
): Promise<ThumbnailerError> {
  const tooLarge = new SourceTooLargeError(maxBytes);
  if (inputFormats === undefined) return tooLarge;
  try {
    using deadline = withDeadline(signal, SHOW_MS, () => tooLarge);
    const first = await raceSignal(body[Symbol.asyncIterator]().next(), deadline.signal);
    return first.done === true ? tooLarge : refusalOfLargeFile(first.value, { inputFormats, maxBytes });
  } catch {
    signal.throwIfAborted();
    return tooLarge;
  }
}

/** The same for a file that is here, or the beginning of one. */
export function refusalOfLargeFile(
  file: Uint8Array,
  { inputFormats, maxBytes }: FileLimits,
): ThumbnailerError {
  return refusalOf(file, inputFormats, { isWhole: false }) ?? new SourceTooLargeError(maxBytes);
}
