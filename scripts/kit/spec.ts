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

/** The options that a request for these fields has, with the defaults of all others. */
export function optionsOf({ size, ...fields }: Omit<SpecFields, 'format'>): ThumbnailOptions {
  const box = size === undefined ? {} : { width: size, height: size };
  return { ...DEFAULT_OPTIONS, ...fields, ...box };
}

/** The spec of such a request; a field that is new changes nothing here. */
export function specOf({ format, ...fields }: SpecFields & Pick<ThumbnailSpec, 'format'>): ThumbnailSpec {
  return specFor(optionsOf(fields), format);
}

/** A square box. */
export function boxOf(size: number, fit: Fit = 'inside'): TargetBox {
  return { width: size, height: size, fit };
}
