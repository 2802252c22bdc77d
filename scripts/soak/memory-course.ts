import { setTimeout as sleep } from 'node:timers/promises';
import { max, median } from 'simple-statistics';
import { type ProportionalBytes, proportionalBytesOf } from '../kit/processes.ts';

const INTERVAL_MS = 500;
const PARTS = 10;

/** One tenth of the time. */
export interface PartOfCourse {
  readonly medianBytes: number;
  /** Of the process itself. */
  readonly ownMedianBytes: number;
  readonly peakBytes: number;
}

/** The memory of a process and of all that it has started, together, as it goes. */
export class MemoryCourse {
  readonly samples: ProportionalBytes[] = [];

  /** Takes samples until the clock says so. */
  async watch(pid: number, endAt: number): Promise<void> {
    while (Date.now() < endAt) {
      this.samples.push(await proportionalBytesOf(pid));
      await sleep(INTERVAL_MS);
    }
  }

  /** The highest of all. */
  get peak(): ProportionalBytes {
    return this.samples.reduce((highest, sample) => (sample.all > highest.all ? sample : highest));
  }

  /** In tenths, or in fewer parts where there are fewer samples. */
  get parts(): readonly PartOfCourse[] {
    const size = Math.ceil(this.samples.length / PARTS);
    const parts = Array.from({ length: PARTS }, (_, at) => this.samples.slice(at * size, (at + 1) * size));
    return parts
      .filter((samples) => samples.length > 0)
      .map((samples) => {
        const all = samples.map((sample) => sample.all);
        const ownMedianBytes = median(samples.map(({ own }) => own));
        return { medianBytes: median(all), ownMedianBytes, peakBytes: max(all) };
      });
  }

  /** By how much the last part is above the second, as a part of that. The first has the start in it. */
  get growth(): number {
    const { parts } = this;
    const [second, last] = [parts[1], parts.at(-1)];
    if (second === undefined || last === undefined) return 0;
    return last.medianBytes / second.medianBytes - 1;
  }
}
