import { readFileSync } from 'node:fs';
import nunjucks from 'nunjucks';
import type { Fault } from './browsers.ts';
import { figuresOf, titleOf } from './headline.ts';
import { LogScale } from './log-scale.ts';
import { METRICS, type Metric } from './marks.ts';
import { type StripPlot, stripPlot } from './strip-plot.ts';
import { timeline } from './timeline.ts';
import { type Request, type Summary, median } from './summary.ts';
import { imageNames, milliseconds, percent, plural } from './wording.ts';

/** What is known of a run besides its measurements; a report made from a file does without. */
export interface RunFacts {
  readonly measuredAt: Date;
  readonly service: string;
  readonly images: string;
  /** Who filled in the forms, as a sentence begins with them. */
  readonly people: string;
  readonly browsers: string;
  readonly machine: string;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Forms that were not filled in, because the run was interrupted. */
  readonly leftOut: number;
}

const pages = new nunjucks.Environment(new nunjucks.FileSystemLoader(import.meta.dirname), {
  autoescape: true,
  throwOnUndefined: true,
  trimBlocks: true,
  lstripBlocks: true,
})
  .addFilter('milliseconds', milliseconds)
  .addFilter('percent', percent)
  .addFilter('plural', plural);

/** One HTML file that loads nothing, in the service's own style. */
export function renderReport(summary: Summary, facts?: RunFacts): string {
  const { requests, thumbnails, servers, isOrderKnown } = summary;
  const names = imageNames(thumbnails.map(({ image }) => image));
  const scale = new LogScale(requests.flatMap(({ tserver, ttotal }) => [tserver, ttotal]));
  return pages.render('report.njk', {
    styles: ['../../src/http/pages/public/style.css', 'report.css'].map(read).join('\n'),
    title: titleOf(summary),
    figures: figuresOf(summary),
    requests: requests.map((request) => ({ ...request, name: names.get(request.image) })),
    overall: figurePair(hitsAndMisses(requests), scale, 72),
    timeline: isOrderKnown && requests.length > 1 ? timeline(requests, scale) : null,
    images: [...Map.groupBy(thumbnails, ({ image }) => image)].map(([image, sizes]) => ({
      image,
      name: names.get(image),
      plots: figurePair(
        sizes.map(({ size, requests }) => ({ label: `${size} px`, requests })),
        scale,
        40,
      ),
      sizes,
    })),
    servers,
    facts:
      facts === undefined
        ? null
        : { ...facts, measuredAt: facts.measuredAt.toISOString().slice(0, 16).replace('T', ' ') },
  });
}

interface Group {
  readonly label: string;
  readonly requests: readonly Request[];
}

function hitsAndMisses(requests: readonly Request[]): Group[] {
  return [
    { label: 'Miss', requests: requests.filter(({ isHit }) => !isHit) },
    { label: 'Hit', requests: requests.filter(({ isHit }) => isHit) },
  ].filter((group) => group.requests.length > 0);
}

interface PlotFigure {
  readonly title: string;
  /** What the plot shows, for who cannot see it. */
  readonly description: string;
  readonly plot: StripPlot;
}

function figurePair(groups: readonly Group[], scale: LogScale, stripPx: number): PlotFigure[] {
  return METRICS.map(({ metric, title }) => ({
    title,
    description: groups.map((group) => describe(group, metric)).join(' '),
    plot: stripPlot({ strips: groups, metric, scale, stripPx }),
  }));
}

function describe({ label, requests }: Group, metric: Metric): string {
  const values = (isHit: boolean) =>
    requests.filter((request) => request.isHit === isHit).map((request) => request[metric]);
  const parts = (
    [
      ['miss', 'misses', values(false)],
      ['hit', 'hits', values(true)],
    ] as const
  ).flatMap(([one, many, times]) =>
    times.length === 0 ? [] : [`${plural(times.length, one, many)}, median ${milliseconds(median(times))}`],
  );
  return `${label}: ${parts.join('; ')}.`;
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
