/**
 * Has browsers fill in the form of a thumbnail service, address and size drawn at random, and measures what their people
 * see; writes results.json and, from it, a report to look at. Exits with 1 where a form got no thumbnail.
 *
 *     node scripts/benchmark-browser.ts                                # a service and images of its own
 *     TEST_URL=https://thumbs.example node scripts/benchmark-browser.ts                        # its own samples
 *     TEST_URL=https://thumbs.example node scripts/benchmark-browser.ts --urls addresses.txt
 *     node scripts/benchmark-browser.ts --from results.json            # the report alone, again
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { VARIABLES } from '../src/config/variables.ts';
import { SAMPLES } from '../src/http/pages/page-samples.ts';
import { Browsers, type Fault } from './benchmark-browser/browsers.ts';
import { HELP, type Options, UsageError, parseOptions } from './benchmark-browser/options.ts';
import { type RunFacts, renderReport } from './benchmark-browser/report.ts';
import {
  type Answer,
  type Form,
  type Results,
  formatResults,
  parseResults,
  resultsOf,
  writeWhole,
} from './benchmark-browser/results.ts';
import { formatTable, summarise } from './benchmark-browser/summary.ts';
import { plural } from './benchmark-browser/wording.ts';
import { CATALOGUE } from './benchmark/catalogue.ts';
import { madeSources } from './benchmark/sources.ts';
import { addressesIn } from './kit/addresses.ts';
import { type Origin, startOrigin } from './kit/origin.ts';
import { pick, randomOf } from './kit/random.ts';
import { RunningService } from './kit/running-service.ts';

const INTERRUPTED = 130;
/** As people have them. */
const PICTURES = CATALOGUE.filter(([name]) =>
  ['jpeg-1', 'jpeg-6', 'jpeg-12-progressive', 'png-1', 'webp-3', 'avif-3'].includes(name),
);
/** Settings of the service that are not the caller's to choose: where it listens, and what it says. */
const OURS = ['HOST', 'PORT', 'LOG_LEVEL'];

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`benchmark:browser: ${error.message}`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { from } = options;
  if (from === undefined) return measure(options);
  const text = await readFile(from, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--from: ${from} cannot be read.`, { cause: error });
  });
  await show(parseResults(text, from), options, { about: {}, faults: [] });
  return 0;
}

async function measure(options: Options): Promise<number> {
  const { seed } = options;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  await using origin = await startOrigin();
  const urls = await imagesFor(options, origin);
  await using service = options.testUrl === undefined ? await ownService() : undefined;
  const formUrl = new URL('/', service?.url ?? options.testUrl).href;
  console.error(`Starting ${plural(options.browsers, 'browser')} …`);
  const launch = { count: options.browsers, executablePath: options.chromium, formUrl };
  await using browsers = await Browsers.launch(launch);
  const forms = drawForms(options.forms, urls, await browsers.sizes(), seed);

  const answers: Answer[] = [];
  const faults: Fault[] = [];
  await browsers.fill(forms, record, interrupt.signal);

  const results = resultsOf(answers);
  const leftOut = forms.length - answers.length - faults.length;
  await writeWhole(options.output, formatResults(results));
  await show(results, options, {
    about: {
      Service: service === undefined ? formUrl : 'started for the run, on this machine',
      Images: wordingOf(options),
      Browsers: `${options.browsers} × Chromium ${browsers.version}`,
      'They ran on': `${plural(os.cpus().length, 'core')} (${os.cpus()[0]?.model.trim() ?? 'unknown'}), ${os.type()} ${os.arch()}`,
      When: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      'Seed of the draw': String(seed),
      ...(leftOut > 0 && { Interrupted: `${plural(leftOut, 'form')} were not filled in` }),
    },
    faults,
  });
  for (const { form, message } of faults) console.error(`FAULT: ${form.url} at ${form.size}: ${message}`);
  console.error(`The draw again: --seed ${seed}`);
  if (interrupt.signal.aborted) return INTERRUPTED;
  return faults.length === 0 ? 0 : 1;

  /** And says at each tenth how far it is. */
  function record(outcome: Answer | Fault): void {
    if ('message' in outcome) faults.push(outcome);
    else answers.push(outcome);
    const done = answers.length + faults.length;
    const tenth = (count: number) => Math.floor((count * 10) / forms.length);
    if (tenth(done) === tenth(done - 1)) return;
    const hits = answers.filter(({ measurement: { cache = 'miss' } }) => cache !== 'miss').length;
    console.error(`${done} of ${forms.length} forms, ${hits} from the cache, ${faults.length} failed`);
  }
}

async function show(results: Results, options: Options, facts: RunFacts): Promise<void> {
  const summary = summarise(results);
  console.log(formatTable(summary));
  await writeWhole(options.report, await renderReport(summary, facts));
  console.log(`\nTo look at: ${options.report}`);
}

/** Address and size are drawn independently, as the first visitors of a page would choose them. */
function drawForms(count: number, urls: readonly string[], sizes: readonly number[], seed: number): Form[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => ({ url: pick(random, urls), size: pick(random, sizes) }));
}

/** Those that are named; else of a deployment its own samples, which it can reach, and images of this machine otherwise. */
function imagesFor({ urls, testUrl }: Options, origin: Origin): Promise<string[]> | string[] {
  if (urls !== undefined) return listed(urls);
  if (testUrl === undefined) return ownImages(origin);
  return SAMPLES.map(({ path }) => new URL(path, testUrl).href);
}

function wordingOf({ urls, testUrl }: Options): string {
  if (urls !== undefined) return 'named by the user';
  return testUrl === undefined
    ? 'noise like that of photographs, served on this machine'
    : "the service's own samples";
}

async function ownImages(origin: Origin): Promise<string[]> {
  const sources = await madeSources((text) => console.error(text), PICTURES);
  return sources.map(({ name, bytes, format }) => {
    const path = `/${name}.${format === 'heif' ? 'avif' : format}`;
    origin.serve(path, { body: bytes, type: 'application/octet-stream' });
    return origin.url(path);
  });
}

async function listed(file: string): Promise<string[]> {
  return addressesIn(file).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  });
}

/** On loopback and allowed to fetch from there; otherwise as the environment sets it. */
async function ownService(): Promise<RunningService> {
  const names = Object.keys(VARIABLES).filter((name) => process.env[name] && !OURS.includes(name));
  return RunningService.start(Object.fromEntries(names.map((name) => [name, process.env[name] ?? ''])));
}
