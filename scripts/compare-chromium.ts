/**
 * Makes thumbnails of images and compares each with what Chromium shows of the file, scaled down with care: by it one
 * sees which files are refused or look otherwise, of a folder of one's own or of a public test suite.
 *
 *     node scripts/compare-chromium.ts photo.avif folder …
 *     node scripts/compare-chromium.ts --size 128 --all folder      # lists those that are alike, too
 *     node scripts/compare-chromium.ts --json outcomes.json folder
 */
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SharpImageResizer } from '../src/adapters/resize-sharp/index.ts';
import { Comparison, type Outcome, isAlike } from './compare-chromium/comparison.ts';
import { argumentsOf } from './kit/arguments.ts';
import { ChromiumDrawing } from './kit/chromium-drawing.ts';
import { table } from './kit/table.ts';

const { values, positionals } = argumentsOf(import.meta.filename, {
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '256' },
    all: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const limits = {
  inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif', 'svg', 'bmp', 'ico'],
  maxPixels: 50_000_000,
} as const;
await using drawing = await ChromiumDrawing.start();
const comparison = new Comparison(new SharpImageResizer(limits), limits, drawing, Number(values.size));

const outcomes: Outcome[] = [];
for (const file of (await Promise.all(positionals.map(filesIn))).flat()) {
  const outcome = await comparison.of(file, await readFile(file));
  outcomes.push(outcome);
  if (values.all || !isAlike(outcome)) console.log(lineOf(outcome));
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(outcomes, undefined, 1));
console.log(`\n${table(summary(outcomes))}`);

async function filesIn(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function lineOf({ file, verdict, difference, similarity, detail }: Outcome): string {
  const figures =
    difference === undefined || similarity === undefined
      ? ''
      : `ΔE ${difference.toFixed(1)}, SSIM ${similarity.toFixed(3)}`;
  return [verdict, figures, detail, file].filter((part) => part !== '').join('  ');
}

/** One row for each format: how many of the files that Chromium shows are refused, and how many look otherwise. */
function summary(all: readonly Outcome[]): string[][] {
  const rows = [['format', 'files', 'Chromium shows', 'refused', 'other sides', 'ΔE ≥ 3', 'SSIM < 0.98']];
  for (const format of [...new Set(all.map((each) => each.format))].toSorted()) {
    const own = all.filter((each) => each.format === format);
    const shown = own.filter(({ verdict }) => !['neither', 'ours alone'].includes(verdict));
    rows.push(
      [
        own,
        shown,
        shown.filter(({ verdict }) => verdict === 'refused'),
        shown.filter(({ verdict }) => verdict === 'other sides'),
        shown.filter(({ difference = 0 }) => difference >= 3),
        shown.filter(({ similarity = 1 }) => similarity < 0.98),
      ].reduce<string[]>((row, { length }) => [...row, String(length)], [format]),
    );
  }
  return rows;
}
