import { asBuffer } from './bytes.ts';
import { isGif } from './image-header/gif.ts';
import { isJpeg } from './image-header/jpeg.ts';
import { isWebp } from './image-header/webp.ts';
import type { Reach } from './reach.ts';
import { gifPrefix } from './source-prefix/gif.ts';
import { jpegPrefix } from './source-prefix/jpeg.ts';
import { type Judging, Received } from './source-prefix/received.ts';
import { MORE, type ShortFile, type Verdict, WHOLE } from './source-prefix/verdict.ts';
import { webpPrefix } from './source-prefix/webp.ts';

export { reachOfEighth } from './source-prefix/jpeg.ts';
export type { ShortFile, Verdict } from './source-prefix/verdict.ts';

/** Asked as a file arrives, whether the rest of it is needed. Never throws, whatever the bytes. */
export interface PrefixJudge {
  /**
   * Each call goes on where the last one stopped: all of them together take time in proportion to the bytes, however
   * few come at a time.
   *
   * @param received all bytes so far, from the first on: those of the last call, and more
   * @param announcedBytes how many there are in all, where that is known
   */
  judge(received: Uint8Array, announcedBytes: number | undefined): Verdict;
}

/**
 * A smaller file is here with its first packets and decoded in two milliseconds; and read whole, it is seen to be sound.
 * The size of the file decides, not what has come of it by chance: the same file always makes the same thumbnail.
 */
const WORTHWHILE_BYTES = 32 * 1024;

/** A judge for one download, and one thumbnail. docs/performance.md says what it knows, and what that is worth. */
export function prefixJudgeFor(reach: Reach): PrefixJudge {
  const file = new Received();
  const judging = judgingOf(file, reach);
  let verdict: Verdict = MORE;
  return {
    judge(received, announcedBytes) {
      if (verdict.kind !== 'more') return verdict;
      if (announcedBytes !== undefined && announcedBytes < WORTHWHILE_BYTES) return WHOLE;
      file.bytes = asBuffer(received);
      const step = judging.next();
      if (step.done === true) verdict = step.value;
      return verdict;
    },
  };
}

/** Makes the edits where the bytes are. `received` is at least as long as the short file is to be. */
export function shortFileOf(received: Uint8Array, { length, edits }: ShortFile): Uint8Array {
  for (const edit of edits) received.set(edit.bytes, edit.at);
  return received.subarray(0, length);
}

/** Of WebP, which has the longest. */
const SIGNATURE_BYTES = 12;

function* judgingOf(file: Received, reach: Reach): Judging {
  yield* file.until(SIGNATURE_BYTES);
  if (isJpeg(file.bytes)) return yield* jpegPrefix(file, reach);
  if (isGif(file.bytes)) return yield* gifPrefix(file);
  if (isWebp(file.bytes)) return yield* webpPrefix(file);
  return WHOLE;
}
