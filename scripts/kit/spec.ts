import type { Fit } from '../../src/domain/image/formats.ts';
import type { TargetBox } from '../../src/domain/image/target-box.ts';
import { readConfig } from '../../src/config/config.ts';
import type { OptionLimits } from '../../src/domain/request/option.ts';
import type { ThumbnailOptions } from '../../src/domain/request/options.ts';
import { DEFAULT_OPTIONS } from '../../src/domain/request/options.ts';
import { type ThumbnailSpec, specFor } from '../../src/domain/request/thumbnail-spec.ts';

/** What a service with its default settings lets requests ask for. */
export const DEFAULT_LIMITS: OptionLimits = readConfig({}).requests;

/** What a test says of a spec; `size` stands for both sides of the box. A spec says the same of itself. */
export type SpecFields = Partial<Omit<ThumbnailOptions, 'format'> & Pick<ThumbnailSpec, 'format'>>;

/** The spec that a request for these fields has, with the defaults of all others; a field that is new changes nothing here. */
export function specOf({
  size,
  format,
  ...fields
}: SpecFields & Pick<ThumbnailSpec, 'format'>): ThumbnailSpec {
  const box = size === undefined ? {} : { width: size, height: size };
  return specFor({ ...DEFAULT_OPTIONS, ...fields, ...box }, format);
}

/** The options that ask for it. */
export function optionsOf(spec: ThumbnailSpec): ThumbnailOptions {
  return { ...DEFAULT_OPTIONS, ...spec, format: DEFAULT_OPTIONS.format };
}

/** A square box. */
export function boxOf(size: number, fit: Fit = 'inside'): TargetBox {
  return { width: size, height: size, fit };
}
