import type { Fit } from '../../src/domain/image/formats.ts';
import type { TargetBox } from '../../src/domain/image/target-box.ts';
import type { ThumbnailOptions } from '../../src/domain/request/options.ts';
import { OPTIONS } from '../../src/domain/request/options.ts';
import { type ThumbnailSpec, specFor } from '../../src/domain/request/thumbnail-spec.ts';

const DEFAULTS = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, option]) => [name, option.default]),
) as unknown as ThumbnailOptions;

/** What a test says of a spec: `size` stands for both sides of the box. */
export type SpecFields = Partial<ThumbnailSpec> & { readonly size?: number };

/** The spec that a request for these fields has, with the defaults of all others; a field that is new changes nothing here. */
export function specOf({
  size,
  format,
  ...fields
}: SpecFields & Pick<ThumbnailSpec, 'format'>): ThumbnailSpec {
  const box = size === undefined ? {} : { width: size, height: size };
  return specFor({ ...DEFAULTS, ...fields, ...box }, format);
}

/** The options that ask for it. */
export function optionsOf({ width, height, fit, position }: ThumbnailSpec): ThumbnailOptions {
  return { ...DEFAULTS, width, height, fit, position };
}

/** A square box. */
export function boxOf(size: number, fit: Fit = 'inside'): TargetBox {
  return { width: size, height: size, fit };
}
