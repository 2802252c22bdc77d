import { type LogScale, type Tick, place } from './log-scale.ts';
import { type Mark, markOf } from './marks.ts';
import type { Request } from './summary.ts';

export interface Timeline {
  readonly ticks: readonly Tick[];
  readonly marks: readonly Mark[];
  readonly bars: readonly Bar[];
}

/** Some requests that came after one another, and how many of them the cache answered. */
export interface Bar {
  readonly x: string;
  readonly width: string;
  readonly hits: string;
  readonly misses: string;
  readonly title: string;
}

/** Requests in their order from left to right, with their time on the server upwards; and the cache's share in tenths. */
export function timeline(requests: readonly Request[], scale: LogScale): Timeline {
  const count = requests.length;
  return {
    ticks: scale.ticks(upwards),
    marks: requests.map((request, index) => ({
      ...markOf(request, 'tserver'),
      x: place((index + 0.5) / count),
      y: upwards(scale.part(request.tserver)),
    })),
    bars: tenthsOf(requests).map(({ from, part }) => {
      const hits = part.filter(({ isHit }) => isHit).length / part.length;
      const to = from + part.length;
      return {
        x: place(from / count),
        width: place(part.length / count),
        hits: place(hits),
        misses: place(1 - hits),
        title: `requests ${from + 1} to ${to}: ${Math.round(hits * 100)} % from the cache`,
      };
    }),
  };
}

function tenthsOf(requests: readonly Request[]): { from: number; part: readonly Request[] }[] {
  const tenths = Math.min(10, requests.length);
  return Array.from({ length: tenths }, (_, tenth) => {
    const from = Math.floor((tenth * requests.length) / tenths);
    const to = Math.floor(((tenth + 1) * requests.length) / tenths);
    return { from, part: requests.slice(from, to) };
  });
}

/** Leaves room for half a mark above and below. */
function upwards(part: number): string {
  return place(0.95 - part * 0.9);
}
