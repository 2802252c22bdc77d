import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { type DecoderProgram, startDecoderEarly } from '../adapters/resize-isolated/index.ts';
import type { Config } from '../config/config.ts';
import type { InputFormat } from '../domain/image/formats.ts';
import type { InputLimits } from '../domain/image/image-file.ts';

const { dirname, filename } = import.meta;

/** Where the decoders' program is among the sources, and where they are compiled one by one. */
const UNBUNDLED = join(dirname, `../process/decoder${extname(filename)}`);

/** Path of the decoders' program; where all is bundled, it is beside this. */
export const DECODER_PROGRAM = existsSync(UNBUNDLED) ? UNBUNDLED : join(dirname, 'decoder.js');

/** Formats that have decoders of their own: they read nothing else, and are there only while such images come. */
export type SpecialFormat = 'svg' | 'heic';

export function isSpecial(format: InputFormat): format is SpecialFormat {
  return format === 'svg' || format === 'heic';
}

/** Of images as the operator allows them. */
export function inputLimitsOf({ sources }: Config): InputLimits {
  const { inputFormats, maxPixels, refusesDamaged, animations } = sources;
  return { inputFormats, maxPixels, refusesDamaged, animations };
}

/** For the decoders of all other formats. */
export function usualLimits(limits: InputLimits): InputLimits {
  return { ...limits, inputFormats: limits.inputFormats.filter((format) => !isSpecial(format)) };
}

/** What decoders run that read images within these limits. */
export function decoderProgram(limits: InputLimits): DecoderProgram {
  return { path: DECODER_PROGRAM, arguments: [JSON.stringify(limits)] };
}

/** Whether what other processes do can be done beside the start of the service. */
export const hasSecondProcessor = (): boolean => availableParallelism() > 1;

/**
 * Starts the first decoder beside the start of the service, which takes as long and has to load the most first. Where there is
 * one processor, it would delay the moment at which the service listens.
 */
export function startDecoderBeside(config: Config): void {
  const isIsolated = config.work.decoders === 'isolated' && config.modules.resizer === undefined;
  if (isIsolated && hasSecondProcessor()) {
    startDecoderEarly(decoderProgram(usualLimits(inputLimitsOf(config))));
  }
}
