import {
  IsolatedImageResizer,
  type IsolatedImageResizerOptions,
  type Renewal,
} from '../../src/adapters/resize-isolated/index.ts';
import { SharpImageResizer } from '../../src/adapters/resize-sharp/index.ts';
import { DECODER_PROGRAM } from '../../src/composition/decoder-program.ts';
import type { InputLimits } from '../../src/domain/image/image-file.ts';

const LIMITS: InputLimits = {
  inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif'],
  maxPixels: 50_000_000,
};

const NEVER: Renewal = { maxImages: 1e9, maxBytesAtRest: 1e12, idleMs: 1e6, freshBytes: 1e12 };

interface Settings {
  readonly limits?: InputLimits;
  /** Path of another program than the service's own decoder. */
  readonly program?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly renewal?: Partial<Renewal>;
  readonly onDecoderEnded?: (error: Error) => void;
}

/** Sharp in processes of its own, as the service has it. */
export function isolatedOptions({
  limits = LIMITS,
  ...settings
}: Settings = {}): IsolatedImageResizerOptions {
  return {
    judge: new SharpImageResizer(limits),
    program: {
      path: settings.program ?? DECODER_PROGRAM,
      arguments: [JSON.stringify(limits)],
    },
    most: 8,
    timeoutMs: settings.timeoutMs ?? 10_000,
    maxBytes: settings.maxBytes ?? 400 * 1024 * 1024,
    drawsText: false,
    renewal: { ...NEVER, ...settings.renewal },
    onDecoderEnded: settings.onDecoderEnded,
  };
}

export function isolatedResizer(settings: Settings = {}): IsolatedImageResizer {
  return new IsolatedImageResizer(isolatedOptions(settings));
}
