import { readable } from '../output.ts';

const WIDTH = 24;
/** Moves to the start of the line and clears it. */
const CLEAR = '\r\u001b[K';

/** A bar on the terminal while many images are worked on; without a terminal, or for one image, nothing. */
export class Progress implements Disposable {
  readonly #total: number;
  readonly #isShown: boolean;
  #done = 0;

  constructor(total: number, isTerminal: boolean) {
    this.#total = total;
    this.#isShown = isTerminal && total > 1;
    this.#draw();
  }

  /** One more is done. @param line what to say of it, on a line of its own */
  advance(line: string | undefined, output: NodeJS.WritableStream): void {
    this.#done += 1;
    if (line !== undefined) {
      this.#clear();
      output.write(`${readable(line)}\n`);
    }
    this.#draw();
  }

  [Symbol.dispose](): void {
    this.#clear();
  }

  #draw(): void {
    if (this.#isShown) process.stderr.write(CLEAR + progressBar(this.#done, this.#total));
  }

  #clear(): void {
    if (this.#isShown) process.stderr.write(CLEAR);
  }
}

/** `██████░░░░░░ 12/48` */
export function progressBar(done: number, total: number): string {
  const filled = Math.floor((done / total) * WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total}`;
}
