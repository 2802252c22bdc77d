import { imageNames, milliseconds, percent } from './wording.ts';
import type { Summary, ThumbnailSummary } from './summary.ts';

const HEAD = [
  'image',
  'size',
  'requests',
  'hits',
  'server: first',
  'later',
  'total: first',
  'later',
  'per server',
];
const LEFT = 0;
const GAP = '   ';

/** What a terminal shows: a line for each image and size, then the servers by name. */
export function formatTable({ thumbnails, servers, requests }: Summary): string {
  const names = imageNames(thumbnails.map(({ image }) => image));
  const rows = [HEAD, ...thumbnails.map((thumbnail) => rowOf(thumbnail, names))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((text, column) =>
        column === LEFT ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join(GAP),
  );
  const spread = servers.map(
    ({ name, count }) => `  ${name || '(no name)'}: ${count} (${percent(count / requests.length)})`,
  );
  return [...lines, '', 'Servers, in the order of the last column:', ...spread].join('\n');
}

function rowOf(
  { image, size, requests, hits, first, later, perServer }: ThumbnailSummary,
  names: ReadonlyMap<string, string>,
): string[] {
  return [
    names.get(image) ?? image,
    String(size),
    String(requests.length),
    percent(hits / requests.length),
    milliseconds(first.tserver),
    later === undefined ? '–' : milliseconds(later.tserver),
    milliseconds(first.ttotal),
    later === undefined ? '–' : milliseconds(later.ttotal),
    perServer.join('/'),
  ];
}
