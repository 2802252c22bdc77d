import type { WriteSome } from './standard-output.ts';
import { UnwrittenLines } from './unwritten-lines.ts';

/** How long a line may wait to be written together with others. A process that is killed loses at most that much. */
const GATHERING_MS = 5;

/** How often it is tried whether a reader that had stopped reads again. */
const RETRY_MS = 50;

/** How much waits for a reader that does not read; fatal lines may take a little more. */
const MAX_WAITING_BYTES = 1024 ** 2;
const MAX_WAITING_BYTES_WITH_FATAL = MAX_WAITING_BYTES + 256 * 1024;

/** At the end of the process: how long it waits for a reader in all, and for one that reads nothing. */
const LAST_WAIT_MS = 1000;
const LAST_WAIT_WITHOUT_READER_MS = 200;
const LAST_POLL_MS = 5;

/** Asks pino to set `lastLevel` before it writes a line. */
const WANTS_LEVEL: unique symbol = Symbol.for('pino.metadata');

/** As pino numbers its levels. */
const WARN = 40;
const FATAL = 60;

/**
 * Where pino's lines go. It never waits for their reader: what cannot be written is kept, up to a limit, and beyond that
 * lines are dropped until the reader has caught up, which is then told how many there were.
 *
 * Lines that come in quick succession are written in one call: under load there are hundreds in a few milliseconds, and
 * the system call costs more than everything else about a line. The first line after a pause does not wait for others. A
 * warning or worse goes out at once, with the lines before it.
 */
export class LogOutput {
  readonly [WANTS_LEVEL] = true;
  lastLevel = 0;
  /** Told how many lines were dropped, once there is a reader again. */
  onDropped: (count: number) => void = () => undefined;
  readonly #unwritten: UnwrittenLines;
  readonly #format: (line: string) => string;
  #gathered = '';
  #writtenAtMs = -Infinity;
  #droppedCount = 0;
  #retry: NodeJS.Timeout | undefined;

  /** @param format makes of each line what is written */
  constructor(write: WriteSome, format = (line: string) => line) {
    this.#unwritten = new UnwrittenLines(write);
    this.#format = format;
  }

  write(line: string): void {
    if (!this.#hasRoomFor(line)) {
      this.#droppedCount += 1;
      return;
    }
    const isFirst = this.#gathered === '';
    this.#gathered += this.#format(line);
    if (this.lastLevel >= WARN) this.flushSync();
    else if (isFirst) this.#flushSoon();
  }

  /** Writes what can be written now. */
  readonly flushSync = (): void => {
    if (this.#gathered !== '') {
      const lines = this.#gathered;
      this.#gathered = '';
      this.#unwritten.add(lines);
      this.#writtenAtMs = performance.now();
    }
    this.#drain();
  };

  /** The last lines, at the end of the process, for which a reader that reads gets some time. */
  readonly finish = (): void => {
    this.flushSync();
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const startedAtMs = performance.now();
    let readAtMs = startedAtMs;
    for (let nowMs = startedAtMs; this.#unwritten.bytes > 0; nowMs = performance.now()) {
      if (nowMs - startedAtMs > LAST_WAIT_MS || nowMs - readAtMs > LAST_WAIT_WITHOUT_READER_MS) return;
      Atomics.wait(clock, 0, 0, LAST_POLL_MS);
      if (this.#drain() > 0) readAtMs = performance.now();
    }
  };

  /** Once lines are dropped, all are until the reader has caught up: what it misses is then in one place. */
  #hasRoomFor(line: string): boolean {
    const bytes = this.#unwritten.bytes + this.#gathered.length + line.length;
    if (this.lastLevel >= FATAL) return bytes <= MAX_WAITING_BYTES_WITH_FATAL;
    return this.#droppedCount === 0 && bytes <= MAX_WAITING_BYTES;
  }

  #flushSoon(): void {
    const isAfterPause = performance.now() - this.#writtenAtMs > GATHERING_MS;
    if (isAfterPause) setImmediate(this.flushSync);
    else setTimeout(this.flushSync, GATHERING_MS);
  }

  #drain(): number {
    const written = this.#unwritten.drain();
    if (this.#unwritten.bytes > 0) this.#retryLater(written > 0 ? GATHERING_MS : RETRY_MS);
    else this.#reportDropped();
    return written;
  }

  #retryLater(delayMs: number): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.flushSync();
    }, delayMs).unref();
  }

  #reportDropped(): void {
    const count = this.#droppedCount;
    this.#droppedCount = 0;
    if (count > 0) this.onDropped(count);
  }
}
