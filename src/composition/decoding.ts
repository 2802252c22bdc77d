import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Renewal } from '../adapters/resize-isolated/index.ts';
import { SharpImageResizer } from '../adapters/resize-sharp/index.ts';
import type { Config } from '../config/config.ts';
import type { InputLimits } from '../domain/image/image-file.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { Logger } from '../telemetry/logger.ts';

const { dirname, filename } = import.meta;

/** Where the decoders' program is among the sources, and where they are compiled one by one. */
const UNBUNDLED = join(dirname, `../process/decoder${extname(filename)}`);

/** Path of the decoders' program; where all is bundled, it is beside this. */
export const DECODER_PROGRAM = existsSync(UNBUNDLED) ? UNBUNDLED : join(dirname, 'decoder.js');

const MIB = 1024 * 1024;
const MAX_BYTES_AT_REST = 160 * MIB;

/** A decoder that has had no large image yet holds less. */
const FRESH_BYTES = 64 * MIB;

/** The service's own resizer: sharp, in processes of its own unless the operator wants it in the service's. */
export async function createDecoding(
  work: Config['work'],
  limits: InputLimits,
  logger: Logger,
): Promise<ImageResizer & { warmUp(): Promise<void> }> {
  const sharp = new SharpImageResizer(limits);
  if (work.decoders === 'in-process') return sharp;
  const { IsolatedImageResizer } = await import('../adapters/resize-isolated/index.ts');
  return new IsolatedImageResizer({
    judge: sharp,
    program: { path: DECODER_PROGRAM, arguments: [JSON.stringify(limits)] },
    most: work.resizeConcurrency + 1,
    timeoutMs: work.decodeTimeoutMs,
    maxBytes: work.memoryBudgetBytes,
    drawsText: limits.inputFormats.includes('svg'),
    renewal: renewalFor(work),
    onUnconfined: () =>
      logger.warn('decoders run without limits of the kernel: this system has no prlimit, or no /proc'),
    onDecoderEnded: (error) => logger.warn({ err: error }, 'a decoder ended while it worked on an image'),
  });
}

/** What decoders keep between two images is memory that the budget does not count: a quarter as much is the most. */
function renewalFor({ memoryBudgetBytes, resizeConcurrency }: Config['work']): Renewal {
  const shareBytes = memoryBudgetBytes / 4 / resizeConcurrency;
  return {
    maxImages: 500,
    maxBytesAtRest: Math.min(MAX_BYTES_AT_REST, FRESH_BYTES + shareBytes),
    freshBytes: FRESH_BYTES,
    idleMs: 30_000,
  };
}
