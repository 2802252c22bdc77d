import type { IsolatedImageResizer } from '../adapters/resize-isolated/index.ts';
import { SharpImageResizer } from '../adapters/resize-sharp/index.ts';
import type { Config } from '../config/config.ts';
import type { InputLimits } from '../domain/image/image-file.ts';
import { releaseSpareMemory } from '../domain/work/process-memory.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { Logger } from '../telemetry/logger.ts';
import { renewalFor } from './decoder-memory.ts';
import { type SpecialFormat, decoderProgram, isSpecial, usualLimits } from './decoder-program.ts';
import { hasFonts } from './fonts.ts';

const MIB = 1024 * 1024;

/** Of a format that has decoders of its own. */
interface Special {
  /** What a process holds by itself, besides what all of them share. */
  readonly processBytes: number;
  /** Most processor time of one image, in milliseconds. */
  readonly timeoutMs: number;
  readonly drawsText: boolean;
}

/** What a drawing makes its decoder do cannot be told ahead: three seconds are enough for maps of 5 MB. */
const SPECIAL: Record<SpecialFormat, Special> = {
  svg: { processBytes: 24 * MIB, timeoutMs: 3000, drawsText: true },
  heic: { processBytes: 40 * MIB, timeoutMs: Infinity, drawsText: false },
};

/**
 * A page with many such images has them made one after the other; after that, their decoder's memory is wanted back. For a
 * large image of another kind it is at once, all of it.
 */
const SPECIAL_RENEWAL = { idleMs: 4000, freshBytes: 0 };

type Decoding = ImageResizer & { warmUp(): Promise<void> };

/**
 * The service's own resizer: sharp, in processes of its own unless the operator wants it in the service's. What is special
 * has processes of its own wherever that is.
 */
export async function createDecoding(
  work: Config['work'],
  limits: InputLimits,
  logger: Logger,
): Promise<Decoding> {
  const pools: IsolatedImageResizer[] = [];
  const isolate = async (own: InputLimits, kind?: Special) => {
    const resizer = await isolated(work, own, logger, pools, kind);
    pools.push(resizer);
    return resizer;
  };
  const usual = usualLimits(limits);
  const main = work.decoders === 'in-process' ? new SharpImageResizer(usual) : await isolate(usual);
  const special = limits.inputFormats.filter(isSpecial);
  if (special.length === 0) return main;
  if (special.includes('svg') && !hasFonts()) {
    logger.warn('this system has no fonts: drawings (SVG) are shown without their text');
  }
  const own = special.map(async (format) => {
    const resizer = await isolate({ ...limits, inputFormats: [format] }, SPECIAL[format]);
    return [format, resizer] as const;
  });
  const { FormatImageResizer } = await import('../adapters/decorators/resize-by-format/index.ts');
  const resizer = new FormatImageResizer(main, Object.fromEntries(await Promise.all(own)));
  return Object.assign(resizer, { warmUp: () => main.warmUp() });
}

/** @param pools all that there are, once there are */
async function isolated(
  work: Config['work'],
  limits: InputLimits,
  logger: Logger,
  pools: readonly IsolatedImageResizer[],
  special?: Special,
): Promise<IsolatedImageResizer> {
  const { IsolatedImageResizer } = await import('../adapters/resize-isolated/index.ts');
  return new IsolatedImageResizer({
    judge: new SharpImageResizer(limits),
    program: decoderProgram(limits),
    // With several at work, one that dies is replaced while the others go on.
    most: Math.max(2, work.resizeConcurrency),
    timeoutMs: Math.min(special?.timeoutMs ?? Infinity, work.decodeTimeoutMs),
    maxBytes: work.memoryBudgetBytes,
    drawsText: special?.drawsText === true,
    renewal: { ...renewalFor(work), ...(special && SPECIAL_RENEWAL) },
    isRarelyNeeded: special !== undefined,
    processBytes: special?.processBytes ?? 0,
    onLargeImage: () => {
      releaseSpareMemory();
      for (const pool of pools) pool.giveBackMemory();
    },
    onUnconfined: (failures) =>
      logger.warn({ reason: failures.join('; ') }, 'decoders run without some or all limits of the kernel'),
    onDecoderEnded: (error) => logger.warn({ err: error }, 'a decoder ended while it worked on an image'),
  });
}
