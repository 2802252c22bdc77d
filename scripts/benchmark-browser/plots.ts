import { View, parse } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';
import { randomOf } from '../kit/random.ts';
import type { Request, Summary } from './summary.ts';
import { milliseconds } from './wording.ts';

/** A drawing, with what it shows in words, for who cannot see it. */
export interface Plot {
  readonly title: string;
  readonly description: string;
  readonly svg: string;
}

const WIDTH_PX = 330;
const MISS_FIRST = ['miss', 'hit'];
const TIMES = ['On the server', 'In the browser'];

const KIND = {
  field: 'kind',
  type: 'nominal',
  sort: MISS_FIRST,
  legend: null,
  // The colours are those of the page's style, light or dark.
  scale: { domain: MISS_FIRST, range: ['var(--miss)', 'var(--hit)'] },
} as const;
const SHAPE = { ...KIND, scale: { domain: MISS_FIRST, range: ['diamond', 'circle'] } } as const;
const POINT = { type: 'point', filled: true, size: 55, opacity: 0.75, stroke: null } as const;
/** Its length is the root of its size. */
const MEDIAN = {
  type: 'point',
  shape: 'stroke',
  angle: 90,
  size: 500,
  stroke: 'var(--ink)',
  strokeWidth: 2.5,
  opacity: 1,
} as const;
const TOLD = { field: 'told', type: 'nominal' } as const;
/** Milliseconds on a logarithmic scale, the same in every drawing; what is below one is drawn as one. */
function duration({ requests }: Summary) {
  const decades = Math.ceil(
    Math.log10(Math.max(10, ...requests.map(({ ttotal, tserver }) => ttotal + tserver))),
  );
  return {
    field: 'ms',
    type: 'quantitative',
    title: null,
    scale: { type: 'log', domainMin: 1, domainMax: 10 ** decades },
    axis: {
      values: Array.from({ length: decades + 1 }, (_, power) => 10 ** power),
      labelExpr: "datum.value < 1000 ? datum.value + ' ms' : datum.value / 1000 + ' s'",
    },
  } as const;
}

/** Times of misses beside those of hits, a mark for each request and the median of each group. */
export async function madeOrFound(summary: Summary): Promise<Plot> {
  const { requests, misses, hits } = summary;
  const words = [
    ...(misses.count > 0 ? [`misses: ${medians(misses)}`] : []),
    ...(hits.count > 0 ? [`hits: ${medians(hits)}`] : []),
  ];
  return draw('Times of misses and of hits', words.join('; '), strips(summary, requests, 'kind', 64));
}

/** The same of one image, by size. */
export async function byImage(summary: Summary, image: string): Promise<Plot> {
  const { requests, thumbnails } = summary;
  const own = requests.filter((request) => request.image === image);
  const words = thumbnails
    .filter((thumbnail) => thumbnail.image === image)
    .map(({ size, first, later }) => `${size} px, first: ${medians(first)}; later: ${medians(later)}`);
  return draw(`Times of ${own[0]?.name ?? image}`, words.join('; '), strips(summary, own, 'size', 34));
}

/** Requests in their order, and below them the share of hits in each tenth. */
export async function warmingUp(summary: Summary): Promise<Plot> {
  const { requests } = summary;
  const count = requests.length;
  const values = requests.map((request, at) => {
    const { kind, tserver } = request;
    const tenth = Math.floor((at * 10) / count) + 1;
    return { order: at + 1, kind, tenth, ms: Math.max(tserver, 1), told: told(request, tserver) };
  });
  const x = {
    field: 'order',
    type: 'quantitative',
    title: null,
    scale: { domainMin: 0, domainMax: count + 1 },
  } as const;
  const share = { aggregate: 'count', stack: 'normalize', type: 'quantitative' } as const;
  const width = 2 * WIDTH_PX;
  const spec: TopLevelSpec = {
    data: { values },
    vconcat: [
      {
        ...{ width, height: 200, mark: POINT },
        encoding: { x, y: duration(summary), color: KIND, shape: SHAPE, description: TOLD },
      },
      {
        ...{ width, height: 70, mark: { type: 'bar', width: { band: 0.96 } } },
        encoding: {
          x: {
            field: 'tenth',
            type: 'ordinal',
            title: 'tenths of the run: share found in the cache',
            axis: { labels: false },
          },
          y: { ...share, title: null, axis: { format: '%', tickCount: 2 } },
          color: KIND,
          order: { field: 'kind', sort: 'ascending' },
        },
      },
    ],
  };
  const tenths = [...Map.groupBy(values, ({ tenth }) => tenth)].map(([tenth, part]) => {
    const hits = part.filter(({ kind }) => kind === 'hit').length;
    return `tenth ${tenth}: ${Math.round((100 * hits) / part.length)} % from the cache`;
  });
  return draw('Time on the server, request by request', tenths.join('; '), spec);
}

/** How many requests each server answered, from the cache and not. */
export async function spread({ requests, servers }: Summary): Promise<Plot> {
  const values = requests.map(({ server, kind }) => ({ server: server || '(no name)', kind }));
  const names = servers.map(({ name }) => name || '(no name)');
  const spec: TopLevelSpec = {
    data: { values },
    ...{ width: 2 * WIDTH_PX, height: { step: 26 }, mark: 'bar' },
    encoding: {
      y: { field: 'server', type: 'nominal', title: null, sort: names },
      x: { aggregate: 'count', type: 'quantitative', title: 'requests' },
      color: KIND,
    },
  };
  const words = servers.map(
    ({ name, count, hits }) => `${name || '(no name)'}: ${count}, of them ${hits} hits`,
  );
  return draw('Requests by server', words.join('; '), spec);
}

/** Both times of each request on one logarithmic scale, a row for each group, with its medians. */
function strips(
  summary: Summary,
  requests: readonly Request[],
  row: 'kind' | 'size',
  stepPx: number,
): TopLevelSpec {
  const random = randomOf(1);
  const values = requests.flatMap((request) =>
    [request.tserver, request.ttotal].map((ms, at) => ({
      ...{ kind: request.kind, size: `${request.size} px`, time: TIMES[at], told: told(request, ms) },
      ms: Math.max(ms, 1),
      // Up and down has no meaning: it only keeps marks apart.
      apart: random(),
    })),
  );
  const sort = row === 'kind' ? MISS_FIRST : ['64 px', '128 px', '256 px'];
  const y = { field: row, type: 'nominal', title: null, sort } as const;
  return {
    data: { values },
    facet: { column: { field: 'time', type: 'nominal', title: null, sort: TIMES } },
    spec: {
      ...{ width: WIDTH_PX, height: { step: stepPx } },
      layer: [
        {
          mark: POINT,
          encoding: {
            x: duration(summary),
            y,
            yOffset: { field: 'apart', type: 'quantitative', scale: { domain: [-0.6, 1.6] } },
            color: KIND,
            shape: SHAPE,
            description: TOLD,
          },
        },
        {
          // A single mark is its own median.
          transform: [
            { joinaggregate: [{ op: 'count', as: 'count' }], groupby: ['time', row, 'kind'] },
            { filter: 'datum.count > 1' },
          ],
          mark: MEDIAN,
          encoding: {
            x: { ...duration(summary), aggregate: 'median' },
            y,
            yOffset: { datum: 0.5 },
            detail: { field: 'kind' },
          },
        },
      ],
    },
  };
}

const STYLE = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    ...{ gridColor: 'var(--line)', domainColor: 'var(--line)', tickColor: 'var(--line)' },
    ...{ labelColor: 'var(--quiet)', titleColor: 'var(--quiet)', labelFontSize: 12, titleFontSize: 12 },
    titleFontWeight: 'normal',
  },
  header: { labelColor: 'var(--ink)', labelFontSize: 13 },
} as const;

async function draw(title: string, description: string, spec: TopLevelSpec): Promise<Plot> {
  const { spec: low } = compile({ ...spec, config: STYLE });
  const svg = await new View(parse(low), { renderer: 'none' }).toSVG();
  return { title, description, svg: withTitles(svg) };
}

/** The drawing has one name for who cannot see it, and what a browser shows of a mark that is pointed at is its title. */
function withTitles(svg: string): string {
  return svg
    .replaceAll(
      /<path aria-label="([^"]*)" role="graphics-symbol"([^>]*)\/>/g,
      '<path$2><title>$1</title></path>',
    )
    .replaceAll(/ (role|aria-\w+)="[^"]*"/g, '')
    .replace('<svg ', '<svg aria-hidden="true" focusable="false" ');
}

function told({ kind, name, size }: Request, ms: number): string {
  return `${kind}: ${milliseconds(ms)}, ${name} at ${size} px`;
}

function medians({ count, tserver, ttotal }: Summary['hits']): string {
  if (count === 0) return 'none';
  return `${count}, median ${milliseconds(tserver)} on the server, ${milliseconds(ttotal)} in the browser`;
}
