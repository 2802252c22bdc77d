import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { ImageFile } from '../image/image-file.ts';
import { isIntermediate } from '../image/intermediate-image.ts';
import { partOf } from '../image/partial/partial-decoder.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import { takeMemory } from '../work/process-memory.ts';
import type { SourceFile } from './reading.ts';
import type { SourceForm } from './shared-memory.ts';
import type { CachedSource } from './source-cache.ts';

/** A file of up to so many bytes that is made into thumbnails in one step is kept as it is. */
const KEPT_FILE_BYTES = 512 * 1024;

/** What is kept of a source that serves for this thumbnail. */
export function formFor(
  { facts, file, intermediates }: CachedSource,
  spec: ThumbnailSpec,
  resizer: ImageResizer,
): SourceForm | undefined {
  const plan = resizer.planOf?.(facts, spec);
  if (plan !== undefined) return intermediates.get(plan);
  return file !== undefined && isEnough(file, spec) ? file : undefined;
}

/** Whether a file that was read in part, for another thumbnail, holds what this one needs. */
export function isEnough({ bytes, isPart, wholeBytes }: ImageFile, spec: ThumbnailSpec): boolean {
  return !isPart || partOf(bytes, wholeBytes, spec) !== undefined;
}

/** A copy to keep, where the file is small. */
export function keptFile(file: ImageFile): ImageFile | undefined {
  if (file.bytes.length > KEPT_FILE_BYTES) return undefined;
  const bytes = takeMemory(file.bytes.length);
  bytes.set(file.bytes);
  return { ...file, bytes };
}

/** What is kept of a source with one form more; what was kept of another version of it is left out. */
export function withForm(
  kept: CachedSource | undefined,
  { file, validators, lifetime, readAtMs }: SourceFile,
  image: SourceForm,
): CachedSource {
  const same = kept !== undefined && isSameVersion(kept.validators, validators) ? kept : undefined;
  const facts = { format: file.format, header: file.header };
  const freshUntilMs = Math.min(lifetime.freshUntilMs, same?.lifetime.freshUntilMs ?? Infinity);
  const intermediates = new Map(same?.intermediates);
  if (isIntermediate(image)) intermediates.set(image.plan, image);
  const keptAsFile = isIntermediate(image) ? same?.file : image;
  return {
    facts,
    validators,
    lifetime: { ...lifetime, freshUntilMs },
    readAtMs: same?.readAtMs ?? readAtMs,
    intermediates,
    ...(keptAsFile !== undefined && { file: keptAsFile }),
  };
}

/** An upload has no validators: it is called by its bytes, and so is always the same. */
function isSameVersion(a: CachedSource['validators'], b: CachedSource['validators']): boolean {
  return a.etag === b.etag && a.lastModified === b.lastModified && a.href === b.href;
}
