import { type LogScale, type Tick, place } from './log-scale.ts';
import { type Mark, type Metric, markOf } from './marks.ts';
import { type Request, median } from './summary.ts';
import { milliseconds } from './wording.ts';

export interface Strip {
  readonly label: string;
  readonly top: string;
  readonly middle: string;
  readonly bottom: string;
  readonly marks: readonly Mark[];
  readonly medians: readonly Median[];
}

export interface Median {
  readonly x: string;
  readonly label: string;
  /** Which side of the place the label is on, so that it stays inside. */
  readonly anchor: 'start' | 'middle' | 'end';
}

export interface StripPlot {
  /** Of the strips, without the axis below, in pixels. */
  readonly heightPx: number;
  readonly ticks: readonly Tick[];
  readonly strips: readonly Strip[];
}

/** Golden ratio: its multiples spread evenly, however many there are. */
const SPREAD = 0.618034;

export interface StripPlotOptions {
  readonly strips: readonly { readonly label: string; readonly requests: readonly Request[] }[];
  readonly metric: Metric;
  readonly scale: LogScale;
  readonly stripPx: number;
}

/** Requests by their time, a strip for each group, with the medians of its hits and of its misses. */
export function stripPlot({ strips, metric, scale, stripPx }: StripPlotOptions): StripPlot {
  return {
    heightPx: stripPx * strips.length,
    ticks: scale.ticks(place),
    strips: strips.map(({ label, requests }, row) => {
      const y = (part: number) => place((row + part) / strips.length);
      return {
        label,
        top: y(0.12),
        middle: y(0.5),
        bottom: y(0.88),
        // What comes later lies above: misses are fewer, and so are never hidden.
        marks: requests
          .toSorted((a, b) => Number(b.isHit) - Number(a.isHit))
          .map((request, index) => ({
            ...markOf(request, metric),
            x: place(scale.part(request[metric])),
            // Up and down has no meaning: it only keeps marks apart.
            y: y(0.5 + (((index * SPREAD) % 1) - 0.5) * (requests.length > 1 ? 0.45 : 0)),
          })),
        medians: (['miss', 'hit'] as const).flatMap((kind) => medianOf(requests, kind, metric, scale)),
      };
    }),
  };
}

function medianOf(
  requests: readonly Request[],
  kind: Mark['kind'],
  metric: Metric,
  scale: LogScale,
): Median[] {
  const values = requests.filter(({ isHit }) => isHit === (kind === 'hit')).map((request) => request[metric]);
  // A single mark is its own median.
  if (values.length < 2) return [];
  const part = scale.part(median(values));
  const anchor = part < 0.15 ? 'start' : part > 0.85 ? 'end' : 'middle';
  return [{ x: place(part), label: milliseconds(median(values)), anchor }];
}
