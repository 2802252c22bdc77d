const MIB = 1024 * 1024;

/** An orchestrator asks every few seconds and gives up after some more; this is far below. */
const SLOWEST_HEALTH_MS = 1000;

export interface Answer {
  readonly kind: 'good' | 'odd' | 'hostile';
  readonly status: number;
  readonly code: string;
  readonly durationMs: number;
}

export interface Outcome {
  readonly peakBytes: number;
  readonly settledBytes: number;
  readonly faults: readonly string[];
}

/** Collects what was answered, and says what of it must not be. */
export class SoakReport {
  readonly #answers: Answer[] = [];
  readonly #health: Pick<Answer, 'status' | 'durationMs'>[] = [];

  add(answer: Answer): void {
    this.#answers.push(answer);
  }

  addHealth(answer: Pick<Answer, 'status' | 'durationMs'>): void {
    this.#health.push(answer);
  }

  faults(): string[] {
    const defects = this.#answers.filter(({ status }) => status === 500).length;
    const fooled = this.#answers.filter(({ kind, status }) => kind === 'hostile' && status === 200).length;
    const made = this.#answers.filter(({ code }) => code === 'miss').length;
    const unwell = this.#health.filter(
      ({ status, durationMs }) => status !== 200 || durationMs > SLOWEST_HEALTH_MS,
    );
    return [
      ...(defects > 0 ? [`${defects} answers were 500`] : []),
      ...(fooled > 0 ? [`${fooled} thumbnails were made of hostile images`] : []),
      ...(made === 0 ? ['no thumbnail was made at all'] : []),
      ...(unwell.length > 0
        ? [`/healthz failed or took more than ${SLOWEST_HEALTH_MS} ms ${unwell.length} times`]
        : []),
    ];
  }

  print({ peakBytes, settledBytes, faults }: Outcome): void {
    console.log(`\n${'answer'.padEnd(30)}${columns('count', 'p50 ms', 'p99 ms', 'max ms')}`);
    for (const [name, durations] of this.#byAnswer()) console.log(row(name, durations));
    console.log(
      row(
        '/healthz',
        this.#health.map(({ durationMs }) => durationMs),
      ),
    );
    console.log(
      `\npeak memory ${(peakBytes / MIB).toFixed(0)} MiB, five seconds after ${(settledBytes / MIB).toFixed(0)} MiB`,
    );
    for (const fault of faults) console.log(`FAULT: ${fault}`);
    if (faults.length === 0) console.log('No fault.');
  }

  #byAnswer(): [string, number[]][] {
    const groups = Map.groupBy(this.#answers, ({ kind, status, code }) => `${kind}: ${status} ${code}`);
    return [...groups]
      .map(([name, answers]): [string, number[]] => [name, answers.map(({ durationMs }) => durationMs)])
      .sort(([a], [b]) => a.localeCompare(b));
  }
}

function row(name: string, durations: readonly number[]): string {
  const sorted = durations.toSorted((a, b) => a - b);
  const quantile = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(0);
  return name.padEnd(30) + columns(String(sorted.length), quantile(0.5), quantile(0.99), quantile(1));
}

function columns(...texts: readonly string[]): string {
  return texts.map((text) => text.padStart(9)).join('');
}
