import { SourceTooLargeError, SourceUnreachableError } from '../../domain/errors/index.ts';
import { type PrefixJudge, shortFileOf } from '../../domain/image/source-prefix.ts';
import type { SourceImage } from '../../ports/image-fetcher.ts';

export interface ReceiveOptions {
  /** Content-Length, where there is one; at most `maxBytes`. */
  readonly announcedBytes: number | undefined;
  readonly maxBytes: number;
  readonly judge: PrefixJudge | undefined;
}

/** A body, and the way to give its memory back. */
export type Body = Omit<SourceImage, 'freshness' | 'validators'>;

/**
 * A body as it comes.
 *
 * Without an announced length, room is set aside for the longest one allowed: memory that is never written to takes up
 * none, while keeping the chunks would let a server that sends single bytes cost hundreds of bytes for each.
 */
export class ReceiveBuffer {
  readonly #options: ReceiveOptions;
  readonly #bytes: Buffer<ArrayBuffer>;
  #judge: PrefixJudge | undefined;
  #length = 0;

  constructor(options: ReceiveOptions) {
    this.#options = options;
    this.#bytes = Buffer.allocUnsafeSlow(options.announcedBytes ?? options.maxBytes);
    this.#judge = options.judge;
  }

  /**
   * Takes in what came; returns the body once it needs no more, and is not to be called again then.
   *
   * @throws SourceTooLargeError when there is more of it than was announced, or than may be
   */
  add(chunk: Buffer): Body | undefined {
    if (this.#length + chunk.length > this.#bytes.length)
      throw new SourceTooLargeError(this.#options.maxBytes);
    this.#length += chunk.copy(this.#bytes, this.#length);
    const received = this.#bytes.subarray(0, this.#length);
    const verdict = this.#judge?.judge(received, this.#options.announcedBytes);
    if (verdict === undefined || verdict.kind === 'more') return undefined;
    this.#judge = undefined;
    if (verdict.kind === 'whole' || verdict.length > this.#bytes.length) return undefined;
    const bytes = shortFileOf(this.#bytes, verdict);
    return this.#bodyOf({ bytes, isPrefix: true, wholeBytes: this.#options.announcedBytes });
  }

  /**
   * The body, when no more comes.
   *
   * @throws SourceUnreachableError when there is less of it than was announced
   */
  end(): Body {
    const { announcedBytes } = this.#options;
    if (announcedBytes !== undefined && this.#length !== announcedBytes) {
      throw new SourceUnreachableError('The server sent less of the image than it announced.');
    }
    const bytes = this.#bytes.subarray(0, this.#length);
    return this.#bodyOf({ bytes, isPrefix: false, wholeBytes: this.#length });
  }

  /** Detaches the memory from its buffer, which frees it now. May be called twice. */
  giveBack(): void {
    const { buffer } = this.#bytes;
    if (!buffer.detached) buffer.transfer(0);
  }

  #bodyOf(facts: Pick<Body, 'bytes' | 'isPrefix' | 'wholeBytes'>): Body {
    return { ...facts, receivedBytes: this.#length, [Symbol.dispose]: () => this.giveBack() };
  }
}
