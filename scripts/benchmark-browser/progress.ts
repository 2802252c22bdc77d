import type { Fault, RunObserver } from './browsers.ts';
import type { Measurement } from './results.ts';

const BAR_LENGTH = 32;

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line that is drawn anew where there is a terminal; elsewhere a line for each tenth. */
export class Progress implements RunObserver {
  readonly faults: Fault[] = [];
  readonly #total: number;
  readonly #terminal: Terminal;
  #done = 0;
  #hits = 0;

  constructor(total: number, terminal: Terminal) {
    this.#total = total;
    this.#terminal = terminal;
    this.#draw();
  }

  answered({ cache }: Measurement): void {
    if (cache !== undefined && cache !== 'miss') this.#hits += 1;
    this.#advance();
  }

  failed(fault: Fault): void {
    this.faults.push(fault);
    this.#advance();
  }

  /** Whatever is written next begins on a line of its own. */
  end(): void {
    if (this.#terminal.isTTY) this.#terminal.write('\n');
  }

  #advance(): void {
    const tenths = tenthsOf(this.#done, this.#total);
    this.#done += 1;
    if (this.#terminal.isTTY || tenthsOf(this.#done, this.#total) > tenths) this.#draw();
  }

  #draw(): void {
    const facts = [
      `${this.#done} of ${this.#total} forms`,
      `${this.#hits} from the cache`,
      ...(this.faults.length > 0 ? [`${this.faults.length} failed`] : []),
    ].join(', ');
    if (!this.#terminal.isTTY) this.#terminal.write(`${facts}\n`);
    else this.#terminal.write(`\r\u001b[K${barOf(this.#done / this.#total)} ${facts}`);
  }
}

function barOf(part: number): string {
  const filled = Math.round(part * BAR_LENGTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_LENGTH - filled);
}

function tenthsOf(done: number, total: number): number {
  return Math.floor((done * 10) / total);
}
