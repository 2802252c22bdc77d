import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
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

/** What a decoder's process holds by itself, besides what all of them share. */
const PROCESS_BYTES = 24 * MIB;

/** What a drawing makes a decoder do cannot be told ahead: so much processor time is enough for maps of 5 MB. */
const DRAWING_TIMEOUT_MS = 3000;

type Decoding = ImageResizer & { warmUp(): Promise<void> };

/**
 * The service's own resizer: sharp, in processes of its own unless the operator wants it in the service's. Drawings always
 * have processes of their own, which may open fonts, and which read nothing else.
 */
export async function createDecoding(
  work: Config['work'],
  limits: InputLimits,
  logger: Logger,
): Promise<Decoding> {
  const judge = new SharpImageResizer(limits);
  const inputFormats = limits.inputFormats.filter((format) => format !== 'svg');
  const usual = { ...limits, inputFormats };
  const main =
    work.decoders === 'in-process'
      ? new SharpImageResizer(usual)
      : await isolated(work, judge, usual, logger);
  if (inputFormats.length === limits.inputFormats.length) return main;
  if (!hasFonts()) logger.warn('this system has no fonts: drawings (SVG) are shown without their text');
  const svg = await isolated(work, judge, { ...limits, inputFormats: ['svg'] }, logger);
  const { FormatImageResizer } = await import('../adapters/decorators/resize-by-format/index.ts');
  return Object.assign(new FormatImageResizer(main, { svg }), { warmUp: () => main.warmUp() });
}

async function isolated(work: Config['work'], judge: SharpImageResizer, limits: InputLimits, logger: Logger) {
  const { IsolatedImageResizer } = await import('../adapters/resize-isolated/index.ts');
  const isForDrawings = limits.inputFormats.includes('svg');
  return new IsolatedImageResizer({
    judge,
    program: { path: DECODER_PROGRAM, arguments: [JSON.stringify(limits)] },
    most: work.resizeConcurrency + 1,
    timeoutMs: isForDrawings ? Math.min(DRAWING_TIMEOUT_MS, work.decodeTimeoutMs) : work.decodeTimeoutMs,
    maxBytes: work.memoryBudgetBytes,
    drawsText: isForDrawings,
    renewal: isForDrawings ? { ...renewalFor(work), idleMs: RARE_IDLE_MS } : renewalFor(work),
    ...(isForDrawings && { isRarelyNeeded: true, processBytes: PROCESS_BYTES }),
    onUnconfined: () =>
      logger.warn('decoders run without limits of the kernel: this system has no prlimit, or no /proc'),
    onDecoderEnded: (error) => logger.warn({ err: error }, 'a decoder ended while it worked on an image'),
  });
}

/** A page with many drawings has them made one after the other; after that, their decoder's memory is wanted back. */
const RARE_IDLE_MS = 4000;

const FONT_FOLDERS = ['/usr/share/fonts', '/usr/local/share/fonts', join(homedir(), '.fonts')];

/** Other systems than Linux come with fonts, elsewhere. */
function hasFonts(): boolean {
  return process.platform !== 'linux' || FONT_FOLDERS.some((folder) => readFolder(folder).length > 0);
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ttf|otf|ttc|pf[ab])$/i.test(name),
    );
  } catch {
    return [];
  }
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
