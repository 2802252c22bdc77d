/**
 * Measures the service beside the floors below which no service can get: `npm run benchmark`, or with `-- --help` for what
 * can be chosen. docs/benchmarks.md says what each figure means. Exits with 1 where an answer was wrong, a connection
 * broke or bytes changed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Bench, type Part } from './benchmark/bench.ts';
import { compareRuns, parseSavedRun } from './benchmark/compare.ts';
import { describeMachine } from './benchmark/machine.ts';
import { HELP, type Options, type PartName, PARTS, readOptions } from './benchmark/options.ts';
import { measureCurves } from './benchmark/parts/curves.ts';
import { measureHits } from './benchmark/parts/hits.ts';
import { measureMemory } from './benchmark/parts/memory.ts';
import { measureMisses } from './benchmark/parts/misses.ts';
import { measureOverload } from './benchmark/parts/overload.ts';
import { measurePage } from './benchmark/parts/page.ts';
import { measureStart } from './benchmark/parts/start.ts';
import { Recorder } from './benchmark/recorder.ts';
import { comparisonTable, describe, outcome, table } from './benchmark/report.ts';

const MEASURES: Readonly<Record<PartName, Part>> = {
  start: measureStart,
  misses: measureMisses,
  hits: measureHits,
  page: measurePage,
  overload: measureOverload,
  curves: measureCurves,
  memory: measureMemory,
};

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
}
try {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined) console.log(HELP);
  else process.exitCode = await run(options);
} catch (error) {
  if (stop.signal.aborted) console.error((stop.signal.reason as Error).message);
  else console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exitCode = 1;
} finally {
  // Whatever is left of what was started ends here.
  stop.abort();
}

/** @returns the exit code */
async function run(options: Options): Promise<number> {
  const { against } = options;
  const saved = against === undefined ? undefined : parseSavedRun(await readFile(against, 'utf8'));
  const machine = await describeMachine(process.env);
  console.log(describe(machine));
  const recorder = new Recorder();
  const bench = new Bench(options, { recorder, signal: stop.signal, say: (text) => console.log(text) });
  for (const name of PARTS.filter((part) => options.only.includes(part))) {
    const [startedAt, known] = [performance.now(), recorder.figures.length];
    await MEASURES[name](bench);
    console.log(`\n${name} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
    if (recorder.figures.length > known) console.log(table(recorder.figures.slice(known)));
  }
  if (recorder.memory.length > 0) console.log(`\nmemory of each process\n${table(recorder.memory)}`);
  console.log(`\n${outcome(recorder)}`);
  const { leftOut, faults } = recorder;
  const figures = [...recorder.figures, ...recorder.memory];
  if (saved !== undefined) {
    const { quick } = options;
    console.log(`\nagainst ${against ?? ''}${saved.quick === quick ? '' : ', of which one was --quick'}`);
    console.log(comparisonTable(compareRuns(saved, { figures, quick })));
  }
  const sources = (await bench.sourcesRead()).map(({ bytes, ...facts }) => ({
    ...facts,
    bytes: bytes.length,
  }));
  const result = { at: new Date().toISOString(), options, machine, sources, figures, leftOut, faults };
  await writeFile(options.output, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nwritten to ${options.output}`);
  return faults.length === 0 ? 0 : 1;
}
