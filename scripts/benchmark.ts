/**
 * Measures the service beside the floors below which no service can get: `npm run benchmark`, or with `-- --help` for what
 * can be chosen. docs/benchmarks.md says what each figure means. Exits with 1 where an answer was wrong, a connection
 * broke or bytes changed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { Bench } from './benchmark/bench.ts';
import { type Figure, compareRuns, comparisonTable, figureTable } from './benchmark/figures.ts';
import { describeMachine } from './benchmark/machine.ts';
import { HELP, type Options, PARTS, type PartName, readOptions } from './benchmark/options.ts';
import { measureConnections } from './benchmark/parts/connections.ts';
import { measureCurves } from './benchmark/parts/curves.ts';
import { measureDecoders } from './benchmark/parts/decoders.ts';
import { measureHits } from './benchmark/parts/hits.ts';
import { measureMemory } from './benchmark/parts/memory.ts';
import { measureMisses } from './benchmark/parts/misses.ts';
import { measureOverload } from './benchmark/parts/overload.ts';
import { measurePage } from './benchmark/parts/page.ts';
import { measureServer } from './benchmark/parts/server.ts';
import { measureStart } from './benchmark/parts/start.ts';

const MEASURES: Readonly<Record<PartName, (bench: Bench) => Promise<void>>> = {
  start: measureStart,
  misses: measureMisses,
  server: measureServer,
  hits: measureHits,
  page: measurePage,
  overload: measureOverload,
  connections: measureConnections,
  decoders: measureDecoders,
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
  const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
  console.error(reason instanceof Error ? reason.message : reason);
  process.exitCode = 1;
} finally {
  // Whatever is left of what was started ends here.
  stop.abort();
}

/** @returns the exit code */
async function run(options: Options): Promise<number> {
  const { against, output, quick } = options;
  const saved = against === undefined ? undefined : savedRun(await readFile(against, 'utf8'));
  const machine = await describeMachine(process.env);
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${JSON.stringify(value)}`);
  const bench = new Bench(options, stop.signal);
  for (const name of PARTS.filter((part) => options.only.includes(part))) {
    const [startedAt, known] = [performance.now(), bench.figures.length];
    await MEASURES[name](bench);
    console.log(`\n${name} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
    if (bench.figures.length > known) console.log(figureTable(bench.figures.slice(known)));
  }
  const { memory, leftOut, faults } = bench;
  if (memory.length > 0) console.log(`\nmemory of each process\n${figureTable(memory)}`);
  console.log();
  for (const { what, why } of leftOut) console.log(`left out: ${what} (${why})`);
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  if (faults.length === 0) console.log('No fault.');
  const figures = [...bench.figures, ...memory];
  if (saved !== undefined) {
    console.log(`\nagainst ${against ?? ''}${saved.quick === quick ? '' : ', of which one was --quick'}`);
    console.log(comparisonTable(compareRuns(saved.figures, figures)));
  }
  const sources = (await bench.sources()).map(({ bytes, ...facts }) => ({ ...facts, bytes: bytes.length }));
  const result = { at: new Date().toISOString(), options, machine, sources, figures, leftOut, faults };
  await writeFile(output, `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\nwritten to ${output}`);
  return faults.length === 0 ? 0 : 1;
}

/** @throws Error where the file is not one that this program has written */
function savedRun(text: string): { readonly figures: readonly Figure[]; readonly quick: boolean } {
  const { figures, options } = JSON.parse(text) as {
    figures?: readonly Figure[];
    options?: { quick?: boolean };
  };
  if (!Array.isArray(figures)) throw new Error('The file for --against has no figures.');
  return { figures: figures as readonly Figure[], quick: options?.quick === true };
}
