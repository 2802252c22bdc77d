import { SourceTooLargeError, type ThumbnailerError } from '../errors/index.ts';
import type { InputFormat } from '../image/formats.ts';
import { refusalOf } from '../image/refusal.ts';
import { withDeadline } from '../work/deadline.ts';
import { raceSignal } from '../work/race.ts';

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
    const beginning = first.done === true ? undefined : first.value;
    return (beginning && refusalOf(beginning, inputFormats, { isWhole: false })) ?? tooLarge;
  } catch {
    signal.throwIfAborted();
    return tooLarge;
  }
}
