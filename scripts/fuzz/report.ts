const MIB = 1024 * 1024;
export const SLOWEST_MS = 5000;
const SLOWEST_SHOWN = 5;

export interface FuzzAnswer {
  readonly name: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly durationMs: number;
}

/** Collects what broken files were answered with, and says what of it must not be. */
export class FuzzReport {
  readonly #answers: FuzzAnswer[] = [];

  add(answer: FuzzAnswer): void {
    this.#answers.push(answer);
    const fault = faultOf(answer);
    if (fault !== undefined) console.log(`FAULT: ${fault}`);
  }

  faults(): string[] {
    return this.#answers.flatMap((answer) => faultOf(answer) ?? []);
  }

  print(peakBytes: number): void {
    const groups = Object.entries(Object.groupBy(this.#answers, ({ status, code }) => `${status} ${code}`));
    for (const [name, answers = []] of groups.sort(([a], [b]) => a.localeCompare(b))) {
      console.log(`${name.padEnd(30)}${String(answers.length).padStart(8)}`);
    }
    const slowest = this.#answers.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST_SHOWN);
    console.log('\nslowest:');
    for (const { name, durationMs } of slowest)
      console.log(`${durationMs.toFixed(0).padStart(6)} ms  ${name}`);
    console.log(`\npeak memory ${(peakBytes / MIB).toFixed(0)} MiB`);
  }
}

function faultOf({ name, status, code, durationMs }: FuzzAnswer): string | undefined {
  if (status === 0 || status === 500) return `${name} was answered ${status} ${code}`;
  if (durationMs > SLOWEST_MS) return `${name} took ${durationMs.toFixed(0)} ms`;
  return undefined;
}
