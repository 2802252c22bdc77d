import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningService } from '../../scripts/kit/running-service.ts';

/** Where a service that was started with METRICS_PORT serves its metrics. */
export function metricsUrl(service: RunningService): string {
  return String(service.log.find(({ msg }) => msg === 'metrics')?.['url']);
}

/** The samples by their whole name, labels included: `thumbnailer_workers`, `a_total{route="/"}`. */
export async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET /metrics answered ${response.status}`);
  return parseSamples(await response.text());
}

export function parseSamples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const),
  );
}

/** Sum of all samples whose name begins so, whatever their other labels. */
export function total(samples: ReadonlyMap<string, number>, prefix: string): number {
  return [...samples].filter(([name]) => name.startsWith(prefix)).reduce((sum, [, value]) => sum + value, 0);
}

/** Resolves once the condition holds; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
