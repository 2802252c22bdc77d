import type { Request } from './summary.ts';
import { milliseconds } from './wording.ts';

export type Metric = 'tserver' | 'ttotal';

/** Both times of a request, and what a report calls them. */
export const METRICS: readonly { readonly metric: Metric; readonly title: string }[] = [
  { metric: 'tserver', title: 'On the server' },
  { metric: 'ttotal', title: 'In the browser' },
];

export interface Mark {
  readonly x: string;
  readonly y: string;
  readonly kind: 'hit' | 'miss';
  /** What is told of it where it is pointed at. */
  readonly title: string;
}

/** All of a mark but where it is. */
export function markOf(request: Request, metric: Metric): Pick<Mark, 'kind' | 'title'> {
  const kind = request.isHit ? 'hit' : 'miss';
  const where = metric === 'tserver' ? 'on the server' : 'in the browser';
  return { kind, title: `${kind}: ${milliseconds(request[metric])} ${where}` };
}
