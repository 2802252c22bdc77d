import { OPTIONS } from '../../src/domain/request/options.ts';
import type { ThumbnailSpec } from '../../src/domain/request/thumbnail-spec.ts';

const DEFAULTS = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, option]) => [name, option.default]),
) as Omit<ThumbnailSpec, 'size' | 'format'>;

/** A spec with these options, and the defaults of all others; an option that is new changes nothing here. */
export function specOf(
  options: Pick<ThumbnailSpec, 'size' | 'format'> & Partial<ThumbnailSpec>,
): ThumbnailSpec {
  return { ...DEFAULTS, ...options };
}
