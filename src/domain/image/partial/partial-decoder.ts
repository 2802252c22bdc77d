import { asBuffer } from '../bytes.ts';
import { isGif } from '../image-header/gif.ts';
import { isJpeg } from '../image-header/jpeg.ts';
import { isWebp } from '../image-header/webp/webp.ts';
import type { TargetBox } from '../target-box.ts';
import { readGif } from './gif.ts';
import { readJpeg } from './jpeg.ts';
import { NEED_MORE, type PartialFile, type Progress, READ_ALL } from './progress.ts';
import { Received, type Reading } from './received.ts';
import { readWebp } from './webp.ts';

export type { PartialFile, Progress } from './progress.ts';

/**
 * A smaller file is here with its first packets and decoded in two milliseconds; and read whole, it is seen to be sound.
 * The length of the file decides, however it came: the same file always makes the same thumbnail.
 */
const WORTHWHILE_BYTES = 32 * 1024;

/** Of WebP, which has the longest. */
const SIGNATURE_BYTES = 12;

/** Tells, as a file arrives, whether the rest of it is needed. */
export interface FileReader {
  /**
   * Each call goes on where the last one stopped.
   *
   * @param received all bytes so far, from the first on: those of the last call, and more
   * @param announcedBytes how many there are in all, where that is known
   */
  read(received: Uint8Array, announcedBytes: number | undefined): Progress;
}

/**
 * Tells, as a file arrives, whether the rest of it is needed for a thumbnail. It never throws, whatever the bytes.
 * docs/performance.md says what it knows, and what that is worth.
 */
export class PartialDecoder implements FileReader {
  readonly #file = new Received();
  readonly #reading: Reading;
  #progress: Progress = NEED_MORE;

  constructor(box: TargetBox) {
    this.#reading = readFile(this.#file, box);
  }

  /** All calls together take time in proportion to the bytes, however few come at a time. */
  read(received: Uint8Array, announcedBytes: number | undefined): Progress {
    if (this.#progress.kind !== 'need-more') return this.#progress;
    if (announcedBytes !== undefined && announcedBytes < WORTHWHILE_BYTES) return READ_ALL;
    // Whether the file is worth it is not known before so much of it is there.
    if (announcedBytes === undefined && received.length < WORTHWHILE_BYTES) return NEED_MORE;
    this.#file.bytes = asBuffer(received);
    const step = this.#reading.next();
    if (step.done === true) this.#progress = step.value;
    return this.#progress;
  }
}

/** Makes the edits where the bytes are. `received` is at least as long as the partial file is to be. */
export function endFile(received: Uint8Array, { length, edits }: PartialFile): Uint8Array {
  for (const edit of edits) received.set(edit.bytes, edit.at);
  return received.subarray(0, length);
}

/** A copy of what a thumbnail needs of a file that is here already; undefined where it needs all of it. */
export function partOf(
  file: Uint8Array,
  wholeBytes: number | undefined,
  box: TargetBox,
): Uint8Array | undefined {
  const progress = new PartialDecoder(box).read(file, wholeBytes ?? Infinity);
  if (progress.kind !== 'complete') return undefined;
  const copy = new Uint8Array(progress.length);
  copy.set(file.subarray(0, progress.length));
  return endFile(copy, progress);
}

function* readFile(file: Received, box: TargetBox): Reading {
  yield* file.until(SIGNATURE_BYTES);
  if (isJpeg(file.bytes)) return yield* readJpeg(file, box);
  // What an animation needs of its file beyond the first frame is all of it.
  if (box.animation !== undefined) return READ_ALL;
  if (isGif(file.bytes)) return yield* readGif(file);
  if (isWebp(file.bytes)) return yield* readWebp(file);
  return READ_ALL;
}
