import { mayEndHere } from '../image/end-mark.ts';

/** Some servers send an image without its length, and keep the connection open. Browsers show what is there. */
const SILENCE_MS = 500;

/**
 * Ends a body of unknown length that falls silent behind what may be the end of an image. Disposing of it ends the watch.
 */
export class EndBySilence implements Disposable {
  readonly #onEnd: () => void;
  readonly #silenceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(onEnd: () => void, silenceMs = SILENCE_MS) {
    this.#onEnd = onEnd;
    this.#silenceMs = silenceMs;
  }

  /** Whether the body has ended so: what comes later is no part of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param bytes all that has come; to be told of between two interruptions */
  hear(bytes: Uint8Array): void {
    // In a loop that was held up, timers come before the sockets whose bytes are there already.
    const timer = setTimeout(() => setImmediate(() => this.#endAfter(timer, bytes)), this.#silenceMs);
    this.#timer = timer;
  }

  /** Something has come: its reading may take a while. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.interrupt();
  }

  /**
   * Not where something has come between the timer and its turn, even if that has been read by now. The bytes are looked at
   * here, and not with each piece that comes: that takes milliseconds of some files, and pieces may be single bytes.
   */
  #endAfter(timer: NodeJS.Timeout, bytes: Uint8Array): void {
    if (this.#timer !== timer || !mayEndHere(bytes)) return;
    this.#isOver = true;
    this.#onEnd();
  }
}
