import { METRICS } from './marks.ts';
import type { Summary } from './summary.ts';
import { milliseconds, percent, plural } from './wording.ts';

/** The finding, in a sentence. */
export function titleOf({ requests, hits, misses }: Summary): string {
  if (requests.length === 0) return 'No thumbnail was made';
  if (hits === undefined || misses === undefined) return `${plural(requests.length, 'thumbnail')}, measured`;
  return `Made in ${milliseconds(misses.tserver)}, found again in ${milliseconds(hits.tserver)}`;
}

export interface Figure {
  readonly label: string;
  /** One value, or two: before and after. */
  readonly values: readonly string[];
  readonly aside: string;
}

/** What is said first. */
export function figuresOf({ requests, hits, misses, servers }: Summary): Figure[] {
  if (requests.length === 0) return [];
  const times = METRICS.map(({ metric, title }) => ({
    label: title,
    values: [misses, hits].flatMap((group) => (group === undefined ? [] : [milliseconds(group[metric])])),
    aside: misses && hits ? comparison(misses[metric], hits[metric]) : 'median',
  }));
  const hitCount = hits?.count ?? 0;
  const share = percent(hitCount / requests.length);
  return [
    ...times,
    {
      label: 'From the cache',
      values: [share],
      aside: `${hitCount} of ${plural(requests.length, 'request')}`,
    },
    {
      label: 'Spread over',
      values: [plural(servers.length, 'server')],
      aside: busiest(servers[0]?.count ?? 0, requests.length),
    },
  ];
}

function busiest(count: number, total: number): string {
  return count === total ? 'which answered all' : `the busiest answered ${percent(count / total)}`;
}

/** Times are whole milliseconds: below ten of them a factor would say more than is known. */
function comparison(miss: number, hit: number): string {
  if (hit < 10) return 'miss to hit, medians';
  const factor = miss / hit;
  if (factor < 1.05) return 'miss to hit, no faster';
  return `miss to hit, ${factor < 10 ? factor.toFixed(1) : Math.round(factor)} times as fast`;
}
