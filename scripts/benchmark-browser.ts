/**
 * Has browsers fill in the form of a thumbnail service, address and size drawn at random, and measures what their people
 * see; writes results.json and, from it, a report to look at. Exits with 1 where a form got no thumbnail.
 *
 *     node scripts/benchmark-browser.ts                                # a service and pictures of its own
 *     TEST_URL=https://thumbs.example node scripts/benchmark-browser.ts --urls addresses.txt
 *     node scripts/benchmark-browser.ts --from results.json            # the report alone, anew
 */
import os from 'node:os';
import { randomOf } from './kit/random.ts';
import { addressesIn, ownPictures } from './benchmark-browser/addresses.ts';
import { Browsers } from './benchmark-browser/browsers.ts';
import { findChromium } from './benchmark-browser/find-chromium.ts';
import { drawForms } from './benchmark-browser/form.ts';
import { HELP, type Options, UsageError, parseOptions } from './benchmark-browser/options.ts';
import { ownService } from './benchmark-browser/own-service.ts';
import { Progress } from './benchmark-browser/progress.ts';
import { type RunFacts, renderReport } from './benchmark-browser/report.ts';
import {
  type Results,
  formatResults,
  readResults,
  resultsOf,
  writeWhole,
} from './benchmark-browser/results.ts';
import { summarise } from './benchmark-browser/summary.ts';
import { formatTable } from './benchmark-browser/table.ts';
import { plural } from './benchmark-browser/wording.ts';

const INTERRUPTED = 130;

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
  if (options.from === undefined) return measure(options);
  await show(await readResults(options.from), options);
  return 0;
}

async function measure(options: Options): Promise<number> {
  const executablePath = findChromium(options.chromium);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  if (options.urls === undefined) console.error('Drawing pictures …');
  await using addresses = await (options.urls === undefined ? ownPictures() : addressesIn(options.urls));
  await using service = options.testUrl === undefined ? await ownService() : undefined;
  const formUrl = new URL('/', service?.url ?? options.testUrl).href;
  console.error(`Starting ${plural(options.browsers, 'browser')} …`);
  await using browsers = await Browsers.launch({ count: options.browsers, executablePath, formUrl });
  const forms = drawForms(options.forms, addresses.urls, await browsers.sizes(), randomOf(options.seed));

  const progress = new Progress(forms.length, process.stderr);
  const answers = await browsers.fill(forms, progress, interrupt.signal);
  progress.end();

  const results = resultsOf(answers);
  await writeWhole(options.output, formatResults(results));
  await show(results, options, {
    measuredAt: new Date(),
    service: service === undefined ? formUrl : 'started for the run, on this machine',
    images:
      options.urls === undefined
        ? 'landscapes that a program drew, served on this machine'
        : 'named by the user',
    people: plural(options.browsers, 'browser'),
    browsers: `${options.browsers} × Chromium ${browsers.version}`,
    machine: machine(),
    seed: options.seed,
    faults: progress.faults,
    leftOut: forms.length - answers.length - progress.faults.length,
  });
  for (const { form, message } of progress.faults) {
    console.error(`FAULT: ${form.url} at ${form.size}: ${message}`);
  }
  console.error(`The draw again: --seed ${options.seed}`);
  if (interrupt.signal.aborted) return INTERRUPTED;
  return progress.faults.length === 0 ? 0 : 1;
}

async function show(results: Results, options: Options, facts?: RunFacts): Promise<void> {
  const summary = summarise(results);
  console.log(formatTable(summary));
  await writeWhole(options.report, renderReport(summary, facts));
  console.log(`\nTo look at: ${options.report}`);
}

function machine(): string {
  const cpus = os.cpus();
  return `${plural(cpus.length, 'core')} (${cpus[0]?.model.trim() ?? 'unknown'}), ${os.type()} ${os.arch()}`;
}
