import { endFile, PartialDecoder, type Progress } from '../../src/domain/image/partial/partial-decoder.ts';
import type { TargetBox } from '../../src/domain/image/target-box.ts';

/** What is said of a file in the end, as if it were long enough to be worth it. */
export function progressOn(file: Buffer, box: TargetBox): Progress {
  return new PartialDecoder(box).read(file, Infinity);
}

/** What is said of a file that comes in pieces that end at these places, and how much had come by then. */
export function progressOnPieces(
  file: Buffer,
  box: TargetBox,
  ends: Iterable<number>,
): { readonly progress: Progress; readonly receivedBytes: number } {
  const decoder = new PartialDecoder(box);
  for (const end of ends) {
    const progress = decoder.read(file.subarray(0, end), Infinity);
    if (progress.kind !== 'need-more') return { progress, receivedBytes: end };
  }
  return { progress: decoder.read(file, Infinity), receivedBytes: file.length };
}

/** The short file that is enough for a thumbnail; undefined where the whole is needed. */
export function shortFileFrom(file: Buffer, box: TargetBox): Buffer | undefined {
  const progress = progressOn(file, box);
  if (progress.kind !== 'complete') return undefined;
  const room = Buffer.alloc(Math.max(file.length, progress.length));
  file.copy(room);
  return Buffer.from(endFile(room, progress));
}
