import type { Comparison } from './compare.ts';
import { type Figure, isNoisy, ratioOf, reachesGoal, type Summary, summarise } from './figures.ts';
import type { Machine } from './machine.ts';
import type { Recorder } from './recorder.ts';

export function describe(machine: Machine): string {
  const { cpu, cores, cpuQuota, memoryMiB, memoryLimitMiB, loadBefore, versions, allocator, revision } =
    machine;
  const list = (entries: Readonly<Record<string, string>>) =>
    Object.entries(entries)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  return [
    `${cpu}, ${cores} cores${cpuQuota === undefined ? '' : `, a quota of ${cpuQuota} CPUs`}`,
    `${memoryMiB} MiB${memoryLimitMiB === undefined ? '' : `, a limit of ${memoryLimitMiB} MiB`}`,
    `load average ${loadBefore.toFixed(2)} before the start`,
    list(versions),
    `allocator: ${list(allocator) || 'nothing set'}`,
    `revision: ${revision ?? 'unknown'}`,
  ].join('\n');
}

/** One line for each figure: what was measured, its floor, their ratio, and what we want of that. */
export function table(figures: readonly Figure[]): string {
  const head = row('', 'service', 'floor', 'ratio', '');
  return [head, ...figures.map(figureRow)].join('\n');
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const head = row('ratio to the floor', 'before', 'now', '', '');
  const rows = comparisons.map(({ title, before, after, verdict }) =>
    row(title, span(before), span(after), verdict, ''),
  );
  return [head, ...rows].join('\n');
}

export function outcome({ leftOut, faults }: Recorder): string {
  const lines = [
    ...leftOut.map(({ what, why }) => `left out: ${what} (${why})`),
    ...faults.map((fault) => `FAULT: ${fault}`),
  ];
  return lines.length === 0 ? 'No fault.' : lines.join('\n');
}

function figureRow(figure: Figure): string {
  const { title, unit, rounds, floor, note } = figure;
  const own = summarise(rounds);
  const ratio = ratioOf(figure);
  const marks = [goalText(figure), isNoisy(ratio ?? own) ? 'noisy' : '', note ?? ''];
  return row(
    title,
    `${span(own)} ${unit}`,
    floor === undefined ? '' : `${span(summarise(floor.rounds))} ${floor.title}`,
    ratio === undefined ? '' : span(ratio),
    marks.filter((mark) => mark !== '').join(', '),
  );
}

function goalText(figure: Figure): string {
  const { goal, better } = figure;
  if (goal === undefined) return '';
  const wanted = `${better === 'higher' ? '≥' : '≤'} ${goal}`;
  return reachesGoal(figure) === true ? `${wanted} ok` : `${wanted} MISSED`;
}

/** The median, and the extremes where they are others. */
function span({ median, min, max }: Summary): string {
  return min === max ? short(median) : `${short(median)} [${short(min)}–${short(max)}]`;
}

/** Three digits that matter. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3).replace(/^0\.000\d*$/, '0');
}

function row(title: string, service: string, floor: string, ratio: string, marks: string): string {
  return [title.padEnd(44), service.padEnd(26), floor.padEnd(40), ratio.padEnd(19), marks]
    .join(' ')
    .trimEnd();
}
