import {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  OverloadedError,
  RestoredError,
  type ThumbnailerError,
} from '../../domain/errors/index.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  bytesOf,
  isIntermediate,
} from '../../domain/image/intermediate-image.ts';
import { partOf } from '../../domain/image/partial/partial-decoder.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import type { ImageResizer, ResizeOptions } from '../../ports/image-resizer.ts';
import { DecoderEnded } from './decoder.ts';
import { DecoderPool, type DecoderPoolOptions } from './decoder-pool.ts';
import type { Frame, OutgoingFrame } from './frames.ts';
import { type DecodeFailure, type DecodeJob, type DecodeReply, jobFrame } from './messages.ts';

/** What a resizer knows of an image by its header. */
export type ImageJudge = Required<Pick<ImageResizer, 'planOf' | 'memoryCost' | 'takesPartialFiles'>>;

export interface IsolatedImageResizerOptions extends DecoderPoolOptions {
  /** Judges images as the resizer does that the decoders run. */
  readonly judge: ImageJudge;
  /** Most processor time of one image, in milliseconds. */
  readonly timeoutMs: number;
  /** What a decoder takes by itself, in bytes, where it is started for an image. */
  readonly processBytes?: number;
  /** Told of each decoder that ended while it worked on an image. */
  readonly onDecoderEnded?: ((error: Error) => void) | undefined;
}

/** Over the estimate, which is what was measured, rounded up: an allocator holds more than it is asked for. */
const HEADROOM = 1.25;
const HEADROOM_BYTES = 32 * 1024 * 1024;

/** One decoder may have died at rest, which is seen when it is handed an image, and one be killed by somebody else. */
const ATTEMPTS = 3;

/** Signals of a program that stumbled over an image, if it does so each time. */
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP']);

/**
 * Has the work of another resizer done in processes of their own. A decoder there can be stopped whatever it does, and
 * what it does to its memory is done to nobody else's.
 */
export class IsolatedImageResizer implements ImageResizer {
  readonly takesPartialFiles: boolean;
  readonly #options: IsolatedImageResizerOptions;
  readonly #pool: DecoderPool;

  constructor(options: IsolatedImageResizerOptions) {
    this.takesPartialFiles = options.judge.takesPartialFiles;
    this.#options = options;
    this.#pool = new DecoderPool(options);
  }

  /** Resolves once a decoder is ready. Rejects where none can be started on this machine. */
  async warmUp(): Promise<void> {
    await this.#pool.warmUp();
  }

  /** What decoders at rest hold beyond what fresh ones do. */
  giveBackMemory(): void {
    this.#pool.giveBackMemory();
  }

  planOf(image: Pick<ImageFile, 'format' | 'header'>, spec: ThumbnailSpec): string | undefined {
    return this.#options.judge.planOf(image, spec);
  }

  memoryCost(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number {
    return this.#decodeBytes(image, spec) + (this.#options.processBytes ?? 0);
  }

  async resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    { signal }: ResizeOptions,
  ): Promise<Thumbnail> {
    const { head, body } = await this.#do('resize', image, spec, signal);
    if (head.kind !== 'thumbnail') throw unexpected(head);
    return thumbnailOf(head.thumbnail, body);
  }

  async decode(image: ImageFile, spec: ThumbnailSpec, { signal }: ResizeOptions): Promise<DecodedImage> {
    const { head, body } = await this.#do('decode', image, spec, signal);
    if (head.kind !== 'decoded') throw unexpected(head);
    const { thumbnail, thumbnailBytes } = head;
    const pixels = body.subarray(thumbnailBytes);
    const decoded = { ...head.image, original: withBytes(head.image.original), pixels };
    if (thumbnail === undefined) return { image: decoded };
    // A copy, as it outlives the pixels by far.
    return {
      image: decoded,
      thumbnail: thumbnailOf(thumbnail, new Uint8Array(body.subarray(0, thumbnailBytes))),
    };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** A decoder that ends for a reason of its own may have been at its end before this image: the image gets another. */
  async #do(
    work: DecodeJob['work'],
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    signal: AbortSignal,
  ): Promise<Frame<DecodeReply>> {
    const frame = jobFrame(work, this.#neededOf(image, spec), spec);
    // What is let in alone is reckoned with care: in truth, it takes no more than all may.
    const neededBytes = Math.min(this.#decodeBytes(image, spec), this.#options.maxBytes);
    let crashes = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(frame, neededBytes, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof DecoderEnded)) throw new OverloadedError(undefined, { cause: error });
        if (error.verdict !== undefined) throw errorOf(error);
        if (isCrash(error)) crashes += 1;
        if (attempt < ATTEMPTS) continue;
        throw crashes === ATTEMPTS
          ? new CorruptImageError({ cause: error })
          : new OverloadedError(undefined, { cause: error });
      }
    }
  }

  /** The decoder has its own copy of the image. */
  #decodeBytes(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number {
    return this.#options.judge.memoryCost(image, spec) + bytesOf(image).byteLength;
  }

  /** What is not decoded need not be sent. */
  #neededOf(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): typeof image {
    if (isIntermediate(image) || !this.takesPartialFiles) return image;
    const { bytes, wholeBytes } = image;
    return { ...image, bytes: partOf(bytes, wholeBytes, spec) ?? bytes };
  }

  async #once(
    frame: OutgoingFrame<DecodeJob>,
    neededBytes: number,
    signal: AbortSignal,
  ): Promise<Frame<DecodeReply>> {
    const bounds = {
      timeoutMs: this.#options.timeoutMs,
      maxBytes: neededBytes * HEADROOM + HEADROOM_BYTES,
    };
    try {
      return await this.#pool.use({ signal, neededBytes }, (decoder) => decoder.run(frame, bounds, signal));
    } catch (error) {
      if (error instanceof DecoderEnded) this.#options.onDecoderEnded?.(error);
      throw error;
    }
  }
}

function thumbnailOf(facts: Omit<Thumbnail, 'bytes'>, bytes: Uint8Array): Thumbnail {
  return { ...facts, original: withBytes(facts.original), bytes };
}

/** JSON leaves out what is undefined. */
function withBytes(original: Thumbnail['original']): Thumbnail['original'] {
  return { ...original, bytes: original.bytes };
}

/** Out of memory is no crash of the image's: the same words come where the machine has none left for anybody. */
function isCrash({ signal, message }: DecoderEnded): boolean {
  return signal !== null && CRASHES.has(signal) && !/out of memory|allocat/i.test(message);
}

/** What the service has ended its decoder for. */
function errorOf(cause: DecoderEnded): ThumbnailerError {
  if (cause.verdict === 'too-expensive') return new ImageTooExpensiveError(undefined, { cause });
  if (cause.verdict === 'too-large') {
    return new ImageTooLargeError('The image needs more memory than its header says.', { cause });
  }
  return new OverloadedError(undefined, { cause });
}

function unexpected(reply: DecodeReply): Error {
  if (reply.kind !== 'failure') return new Error(`a decoder answered with ${reply.kind}`);
  return restored(reply);
}

function restored({ code, sentence, cause }: DecodeFailure): Error {
  if (code === undefined) return new Error(sentence, { cause });
  if (code === 'overloaded') return new OverloadedError(undefined, { cause: new Error(cause) });
  return new RestoredError(code, sentence, { cause: new Error(cause) });
}
