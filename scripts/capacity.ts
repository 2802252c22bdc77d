/**
 * What the service holds and costs, by the processor times that `npm run benchmark` has measured: `npm run capacity`, or
 * with `-- --help` for what can be assumed. docs/capacity.md explains the tables.
 */
import { readFile } from 'node:fs/promises';
import { type CpuTimes, cpuTimesOf } from './capacity/measured.ts';
import {
  type Assumptions,
  TASK_SIZES,
  type TaskSize,
  cdnCostOf,
  costOf,
  needOf,
  perSecond,
} from './capacity/model.ts';
import { HELP, type Options, readOptions } from './capacity/options.ts';
import { PRICES } from './capacity/prices.ts';
import { type Scenario, simulate } from './capacity/simulation.ts';
import { table } from './kit/table.ts';

const HIT_RATES = [0.8, 0.95, 0.99];
const ONE_VCPU: TaskSize = { vcpu: 1, gib: 2 };

/** The shared cache has room for six tenths of the thumbnails; one takes that long from an image host that is not near. */
const FLEET = {
  ...{ addresses: 100_000, exponent: 0.9, ownEntries: 0, seed: 1 },
  ...{ nodes: 4, entriesPerNode: 15_000, makeMs: 400, leases: true },
};

/** Twenty requests a second for each task. */
const FLEETS: readonly (Omit<Scenario, 'requests'> & { readonly title: string })[] = [
  { title: '3 tasks', ...FLEET, tasks: 3, requestsPerSecond: 60 },
  { title: '  with 5,000 in memory, too', ...FLEET, tasks: 3, requestsPerSecond: 60, ownEntries: 5000 },
  { title: '30 tasks', ...FLEET, tasks: 30, requestsPerSecond: 600 },
  { title: '  without leases', ...FLEET, tasks: 30, requestsPerSecond: 600, leases: false },
  { title: '300 tasks', ...FLEET, tasks: 300, requestsPerSecond: 6000 },
  { title: '  without leases', ...FLEET, tasks: 300, requestsPerSecond: 6000, leases: false },
];

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(HELP);
  else report(options, cpuTimesOf(await savedRun(options.from)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** @throws Error with the command that leaves such a file */
async function savedRun(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(
      `${path} can't be read. Measure with npm run benchmark -- --only misses,hits,page, or name a run with --from.`,
      { cause },
    );
  });
}

function report(options: Options, times: CpuTimes & { readonly at: string }): void {
  const { missMs, hitMs, pageMs } = times;
  console.log(`processor time, measured ${times.at}`);
  console.log(`miss ${missMs.toFixed(2)} ms, hit ${hitMs.toFixed(3)} ms, page ${pageMs.toFixed(2)} ms\n`);
  console.log(taskTable(times, options.assumed));
  console.log(
    `\n${count(options.requests)} thumbnails a month, US dollars at list prices of ${PRICES.listed}\n`,
  );
  console.log(monthTable(times, options));
  console.log(
    `\n${count(options.simulated)} simulated requests each, of ${count(FLEET.addresses)} thumbnails\n`,
  );
  console.log(fleetTable(options.simulated));
}

/** Answers a second of one task. */
function taskTable(times: CpuTimes, assumed: Assumptions): string {
  const rows = TASK_SIZES.map((size) => [
    `${size.vcpu} vCPU, ${size.gib} GiB`,
    ...[times.missMs, times.hitMs, times.pageMs].map((ms) => count(perSecond(size, ms, assumed))),
  ]);
  return table([['one task, a second', 'misses', 'hits', 'pages'], ...rows]);
}

function monthTable(times: CpuTimes, { requests, assumed }: Options): string {
  const head = ['hits', 'peak/s', 'misses/s', 'vCPUs', 'Mbit/s in', 'out'];
  const costs = ['tasks', 'on arm', 'balancer', 'cache', 'egress', 'total', 'a million', 'a CDN'];
  const rows = HIT_RATES.map((hitRate) => {
    const need = needOf(requests, hitRate, ONE_VCPU, times, assumed);
    const cost = costOf(requests, need, ONE_VCPU, 'x86', assumed);
    const arm = costOf(requests, need, ONE_VCPU, 'arm', assumed);
    const { requestsPerSecond, missesPerSecond, vcpus, inMbit, outMbit } = need;
    const million = ((cost.total / requests) * 1e6).toFixed(2);
    const load = [requestsPerSecond, missesPerSecond, vcpus, inMbit, outMbit].map(count);
    const dollars = [cost.tasks, arm.tasks, cost.balancer, cost.cache, cost.egress, cost.total].map(count);
    const cdn = count(cdnCostOf(need, assumed));
    return [`${hitRate * 100} %`, ...load, ...dollars, million, cdn];
  });
  return table([[...head, ...costs], ...rows]);
}

function fleetTable(requests: number): string {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const rows = FLEETS.map(({ title, ...scenario }) => {
    const { cold, steady, afterLoss, later } = simulate({ ...scenario, requests });
    const shares = [cold.made, cold.doubled, steady.made, steady.doubled, afterLoss.made, later.made];
    return [title, ...shares.map(percent)];
  });
  const head = ['made while cold', 'of it twice', 'made later', 'of it twice'];
  return table([['', ...head, 'made when a node is lost', 'with one less'], ...rows]);
}

function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
