/** How long a line may wait to be written together with others. A process that is killed loses at most that much. */
const GATHERING_MS = 5;

/**
 * Gathers lines that come in quick succession and writes them in one call: under load there are hundreds in a few
 * milliseconds, and the system call costs more than everything else about a line. The first line after a pause does not
 * wait for others. A destination of pino, which calls `flushSync` after a fatal line.
 */
export class GatheredOutput {
  readonly #write: (lines: string) => void;
  #lines = '';
  #writtenAtMs = -Infinity;

  /** @param write puts lines out before it returns */
  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  write(line: string): void {
    const isFirst = this.#lines === '';
    this.#lines += line;
    if (!isFirst) return;
    const isAfterPause = performance.now() - this.#writtenAtMs > GATHERING_MS;
    if (isAfterPause) setImmediate(this.flushSync);
    else setTimeout(this.flushSync, GATHERING_MS);
  }

  /** Writes what is there at once. */
  readonly flushSync = (): void => {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    this.#write(lines);
    this.#writtenAtMs = performance.now();
  };
}
