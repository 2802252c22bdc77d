import { createHash } from 'node:crypto';
import { type CacheKey, cacheKeyOf } from '../../src/domain/cache/cache-key.ts';
import {
  type FailureEntry,
  type ThumbnailEntry,
  thumbnailEntry,
} from '../../src/domain/cache/cache-entry.ts';
import { specOf } from '../../scripts/kit/spec.ts';

let keys = 0;

/** A key that nothing else in this run has. */
export function freshKey(): CacheKey {
  keys += 1;
  const spec = specOf({ size: 128, format: 'webp' });
  return cacheKeyOf(`https://images.example/${process.pid}/${keys}.jpg`, spec);
}

export interface EntryTraits {
  /** Size of the thumbnail. */
  readonly byteLength?: number;
  /** Entries of different seeds have different bytes. */
  readonly seed?: string;
}

/** An entry as the service makes them; the bytes are no image, but take every value, as an image's do. */
export function sampleEntry({ byteLength = 12 * 1024, seed = 'sample' }: EntryTraits = {}): ThumbnailEntry {
  const thumbnail = {
    bytes: noise(byteLength, seed),
    format: 'webp',
    width: 128,
    height: 105,
    original: { format: 'jpeg', width: 2725, height: 2225, bytes: 810_221 },
  } as const;
  const validators = { href: 'https://images.example/a.jpg', etag: '"v1"' };
  return thumbnailEntry(thumbnail, {
    generation: 'g',
    validators,
    nowMs: 1_700_000_000_000,
    freshUntilMs: 1_700_086_400_000,
  });
}

/** An error as the service remembers it. */
export function sampleFailure(dates: Pick<FailureEntry, 'createdAtMs' | 'freshUntilMs'>): FailureEntry {
  const what = { code: 'source-not-found', sentence: 'There is nothing there.' } as const;
  return { kind: 'failure', ...what, verdictOf: '', generation: 'g', ...dates };
}

function noise(byteLength: number, seed: string): Buffer {
  return createHash('shake256', { outputLength: Math.max(1, byteLength) })
    .update(seed)
    .digest()
    .subarray(0, byteLength);
}
