import { takeMemory } from '../../domain/work/process-memory.ts';

/** A message between the service and a decoder: a few facts, and the bytes that they speak of. */
export interface Frame<T> {
  readonly head: T;
  readonly body: Uint8Array;
}

/** One to send. Its body may be in several pieces, each of which goes as it is: so that no image is copied to send it. */
export interface OutgoingFrame<T> {
  readonly head: T;
  readonly body: readonly Uint8Array[];
}

/** Two lengths of four bytes each: of the head, which is JSON, and of the body. */
export const PREFIX_BYTES = 8;

const EMPTY = new Uint8Array();

/** What is sent of a frame, in order: prefix and head, and the pieces of the body. */
export function piecesOf({ head, body }: OutgoingFrame<unknown>): readonly Uint8Array[] {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const start = Buffer.allocUnsafe(PREFIX_BYTES + headBytes);
  start.writeUInt32LE(headBytes, 0);
  start.writeUInt32LE(
    body.reduce((sum, { byteLength }) => sum + byteLength, 0),
    4,
  );
  start.write(text, PREFIX_BYTES);
  return [start, ...body];
}

/** No thumbnail and no intermediate image comes near these; what claims more is not our program any more. */
const MAX_HEAD_BYTES = 1024 * 1024;
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** @throws RangeError where they are beyond all reason */
export function lengthsIn(prefix: Buffer): { readonly headBytes: number; readonly bodyBytes: number } {
  const lengths = { headBytes: prefix.readUInt32LE(0), bodyBytes: prefix.readUInt32LE(4) };
  if (lengths.headBytes > MAX_HEAD_BYTES || lengths.bodyBytes > MAX_BODY_BYTES) {
    throw new RangeError(`a frame of ${lengths.headBytes} and ${lengths.bodyBytes} bytes`);
  }
  return lengths;
}

/** Puts frames together from the pieces that a socket hands out. `read` throws where they make no frame. */
export class FrameReader<T> {
  #part = Buffer.alloc(PREFIX_BYTES);
  #filled = 0;
  #lengths: ReturnType<typeof lengthsIn> | undefined;
  #head: T | undefined;
  readonly #onFrame: (frame: Frame<T>) => void;

  constructor(onFrame: (frame: Frame<T>) => void) {
    this.#onFrame = onFrame;
  }

  read(chunk: Buffer): void {
    for (let position = 0; position < chunk.length;) {
      const taken = chunk.copy(this.#part, this.#filled, position);
      position += taken;
      this.#filled += taken;
      if (this.#filled === this.#part.length) this.#onFullPart();
    }
  }

  /** Prefix, head and body follow each other; each says how long the next is. A body of no bytes takes no piece. */
  #onFullPart(): void {
    if (this.#lengths === undefined) {
      this.#lengths = lengthsIn(this.#part);
      this.#expect(this.#lengths.headBytes);
      return;
    }
    const { bodyBytes } = this.#lengths;
    if (this.#head === undefined) {
      this.#head = JSON.parse(this.#part.toString()) as T;
      if (bodyBytes > 0) {
        this.#expect(bodyBytes);
        return;
      }
    }
    const frame = { head: this.#head, body: bodyBytes > 0 ? this.#part : EMPTY };
    this.#lengths = undefined;
    this.#head = undefined;
    this.#expect(PREFIX_BYTES);
    this.#onFrame(frame);
  }

  /** The body is handed on without a copy, and so has memory of its own. */
  #expect(bytes: number): void {
    this.#part = takeMemory(bytes);
    this.#filled = 0;
  }
}
