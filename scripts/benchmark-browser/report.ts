import { readFileSync } from 'node:fs';
import nunjucks from 'nunjucks';
import type { Fault } from './browsers.ts';
import { byImage, madeOrFound, spread, warmingUp } from './plots.ts';
import type { Summary } from './summary.ts';
import { milliseconds, percent, plural } from './wording.ts';

/** What is known of a run besides its measurements; a report made from a file does without. */
export interface RunFacts {
  /** As people read it, by what it is called. */
  readonly about: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
}

/** The service's own. */
const STYLES = new URL('../../src/http/pages/public/style.css', import.meta.url);

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
export async function renderReport(summary: Summary, { about, faults }: RunFacts): Promise<string> {
  const { requests, thumbnails, servers, isOrderKnown } = summary;
  const images = [...new Set(thumbnails.map(({ image }) => image))];
  const isEmpty = requests.length === 0;
  return pages.render('report.njk', {
    styles: readFileSync(STYLES, 'utf8'),
    title: titleOf(summary),
    figures: isEmpty ? [] : figuresOf(summary),
    requests,
    thumbnails: thumbnails.map((thumbnail) => ({ ...thumbnail, perServer: thumbnail.perServer.join(' / ') })),
    images,
    overall: isEmpty ? null : await madeOrFound(summary),
    warming: isOrderKnown && requests.length > 1 ? await warmingUp(summary) : null,
    each: await Promise.all(images.map((image) => byImage(summary, image))),
    spread: servers.length === 0 ? null : await spread(summary),
    about: Object.entries(about),
    faults,
  });
}

/** The finding, in a sentence. */
function titleOf({ requests, hits, misses }: Summary): string {
  if (requests.length === 0) return 'No thumbnail was made';
  if (hits.count === 0 || misses.count === 0) return `${plural(requests.length, 'thumbnail')}, measured`;
  return `Made in ${milliseconds(misses.tserver)}, found again in ${milliseconds(hits.tserver)}`;
}

/** What is said first: a label, the value, and what to know of it. */
function figuresOf({ requests, hits, misses, servers }: Summary): [string, string, string][] {
  const change = (miss: number | undefined, hit: number | undefined) =>
    [miss, hit]
      .filter((ms) => ms !== undefined)
      .map(milliseconds)
      .join(' → ');
  const aside = hits.count > 0 && misses.count > 0 ? 'miss → hit, medians' : 'median';
  const busiest = percent((servers[0]?.count ?? 0) / requests.length);
  return [
    ['On the server', change(misses.tserver, hits.tserver), aside],
    ['In the browser', change(misses.ttotal, hits.ttotal), aside],
    [
      'From the cache',
      percent(hits.count / requests.length),
      `${hits.count} of ${plural(requests.length, 'request')}`,
    ],
    ['Spread over', plural(servers.length, 'server'), `the busiest answered ${busiest}`],
  ];
}
