import { specOf } from '../../../scripts/kit/spec.ts';
import { type CacheKey, cacheKeyOf } from '../../../src/domain/cache/cache-key.ts';

const spec = specOf({ size: 128, format: 'webp' });

/** The same in every process. */
export function numberedKey(name: string): CacheKey {
  return cacheKeyOf(`https://images.example/${name}.jpg`, spec);
}
