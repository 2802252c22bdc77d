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

/** Two lengths: of the head, which is JSON, and of the body, which may be a source of any size that the settings allow. */
const HEAD_LENGTH_BYTES = 4;
const BODY_LENGTH_BYTES = 6;
export const PREFIX_BYTES = HEAD_LENGTH_BYTES + BODY_LENGTH_BYTES;

const EMPTY = new Uint8Array();

/** What is sent of a frame, in order: prefix and head, and the pieces of the body. */
export function piecesOf({ head, body }: OutgoingFrame<unknown>): readonly Uint8Array[] {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const start = Buffer.allocUnsafe(PREFIX_BYTES + headBytes);
  start.writeUInt32LE(headBytes, 0);
  const bodyBytes = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
  start.writeUIntLE(bodyBytes, HEAD_LENGTH_BYTES, BODY_LENGTH_BYTES);
  start.write(text, PREFIX_BYTES);
  return [start, ...body];
}

/** No facts of an image come near this; what claims more is not our program any more. */
const MAX_HEAD_BYTES = 1024 * 1024;

export interface FrameLengths {
  readonly headBytes: number;
  readonly bodyBytes: number;
}

/** @throws RangeError where the head or the body is longer than it may be */
export function lengthsIn(prefix: Buffer, maxBodyBytes: number): FrameLengths {
  const headBytes = prefix.readUInt32LE(0);
  const bodyBytes = prefix.readUIntLE(HEAD_LENGTH_BYTES, BODY_LENGTH_BYTES);
  if (headBytes > MAX_HEAD_BYTES || bodyBytes > maxBodyBytes) {
    throw new RangeError(`a frame of ${headBytes} and ${bodyBytes} bytes`);
  }
  return { headBytes, bodyBytes };
}

/** Puts frames together from the pieces that a socket hands out. `read` throws where they make no frame. */
export class FrameReader<T> {
  /** Most bytes that the body of the next frame may have. */
  maxBodyBytes = 0;
  #part = Buffer.alloc(PREFIX_BYTES);
  #filled = 0;
  #lengths: FrameLengths | undefined;
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
      this.#lengths = lengthsIn(this.#part, this.maxBodyBytes);
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
