import type { Figure } from './figures.ts';
import type { LoadResult } from './load/plan.ts';
import type { MemoryUse } from './processes.ts';

export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

const MIB = 1024 * 1024;

/** What a run has found: figures, what is left out, and what went wrong. */
export class Recorder {
  readonly figures: Figure[] = [];
  /** Of every process, whichever part has started it. */
  readonly memory: Figure[] = [];
  readonly leftOut: LeftOut[] = [];
  /** With any, the run has failed. */
  readonly faults: string[] = [];

  add(...figures: readonly Figure[]): void {
    this.figures.push(...figures);
  }

  leaveOut(what: string, why: string): void {
    if (!this.leftOut.some((other) => other.what === what)) this.leftOut.push({ what, why });
  }

  addFault(fault: string): void {
    this.faults.push(fault);
  }

  /** @returns the same, for whoever goes on with it */
  checked(what: string, result: LoadResult): LoadResult {
    const { problems, problemCount } = result;
    if (problemCount > 0) {
      this.addFault(`${what}: ${problemCount} wrong answers, such as: ${problems.slice(0, 3).join('; ')}`);
    }
    return result;
  }

  addMemory(label: string, use: MemoryUse | undefined): void {
    if (use === undefined) {
      this.leaveOut('memory', 'there is no /proc here');
      return;
    }
    const figure = { unit: 'MiB', better: 'lower' } as const;
    const id = `memory.${label.replaceAll(/\W+/g, '-')}`;
    this.memory.push(
      { ...figure, id: `${id}.peak`, title: `${label}: highest`, rounds: [use.peakBytes / MIB] },
      { ...figure, id: `${id}.final`, title: '  at the end', rounds: [use.residentBytes / MIB] },
    );
  }
}
