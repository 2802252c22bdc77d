import type { Bench } from '../bench.ts';
import { quantile } from '../figures.ts';
import { oneSizeEach } from '../jobs.ts';
import type { Generators } from '../load/generators.ts';
import type { LoadRequest, LoadResult } from '../load/plan.ts';
import { sortedLatencies } from '../measure.ts';
import type { Origin } from '../origin.ts';
import { missOf, request } from '../requests.ts';
import type { Source } from '../sources.ts';
import type { Subject } from '../subject.ts';

/** Times what it can do. */
const OVERLOAD = 5;
const HEALTH_PER_SECOND = 20;

/** Five times what it can do, from people who do not wait for one another; and whether it says that it is well. */
export async function measureOverload(bench: Bench): Promise<void> {
  const { recorder, scale } = bench;
  if (!bench.isLocal && !bench.options.named) {
    recorder.leaveOut('overload', 'a deployment is overloaded only by --only overload');
    return;
  }
  const sources = await bench.sources();
  await using origin = await bench.startOrigin(sources);
  await using service = await bench.startService('overload');
  await using generators = bench.startGenerators(2);
  await using visitor = bench.startGenerators();
  const misses = (count: number) => missesOf({ bench, service, origin, sources }, count);

  await capacity(bench, generators, service, misses(2 * sources.length));
  const canDo = await capacity(bench, generators, service, misses(4 * sources.length));
  const perSecond = canDo * OVERLOAD;
  const target = service.target;
  const [load, health] = await Promise.all([
    generators.once({
      target,
      requests: misses(Math.ceil(perSecond * scale.overloadSeconds)),
      mode: { kind: 'open', perSecond },
    }),
    visitor.once({
      target,
      requests: visits(service, HEALTH_PER_SECOND * scale.overloadSeconds),
      mode: { kind: 'open', perSecond: HEALTH_PER_SECOND },
    }),
  ]);
  recorder.checked('overload', load);
  recorder.checked('/healthz during overload', health);
  report(bench, canDo, load, health);
  await service.end();
}

interface Setting {
  readonly bench: Bench;
  readonly service: Subject;
  readonly origin: Origin;
  readonly sources: readonly Source[];
}

/** A refusal is an answer here. */
function missesOf({ bench, service, origin, sources }: Setting, count: number): LoadRequest[] {
  const jobs = oneSizeEach(sources, Math.ceil(count / sources.length), bench.options.seed + count);
  const byName = new Map(sources.map((source) => [source.name, source]));
  return jobs.slice(0, count).flatMap((job) => {
    const source = byName.get(job.source);
    if (source === undefined) return [];
    const { text, expected } = missOf(service, job, source, origin.freshUrl(source));
    return [{ text, expected: { ...expected, statuses: [200, 503] } }];
  });
}

function visits(service: Subject, count: number): LoadRequest[] {
  return Array.from({ length: count }, () => request(service, 'GET /healthz', { statuses: [200] }));
}

/** Answers a second while it is busy and nobody is refused. */
async function capacity(
  bench: Bench,
  generators: Generators,
  { target }: Subject,
  requests: readonly LoadRequest[],
): Promise<number> {
  const mode = { kind: 'closed', concurrency: 8, seconds: undefined } as const;
  const result = bench.recorder.checked('capacity', await generators.once({ target, requests, mode }));
  return ((result.latenciesMs.get(200)?.length ?? 0) / result.elapsedMs) * 1000;
}

function report({ recorder }: Bench, canDo: number, load: LoadResult, health: LoadResult): void {
  const timesOf = (status: number) => (load.latenciesMs.get(status) ?? new Float64Array()).toSorted();
  const [served, refused, visits] = [timesOf(200), timesOf(503), sortedLatencies(health.latenciesMs)];
  const add = (id: string, title: string, unit: string, value: number) =>
    recorder.add({ id: `overload.${id}`, title, unit, better: 'lower', rounds: [value] });
  recorder.add({
    id: 'overload.served',
    title: `served, at ${OVERLOAD} times what it can do`,
    unit: '/s',
    better: 'higher',
    rounds: [(served.length / load.elapsedMs) * 1000],
    floor: { title: 'what it can do', rounds: [canDo] },
  });
  add('refused', 'refused with 503', '%', (100 * refused.length) / (served.length + refused.length));
  add('served.p50', '  time of what is served, p50', 'ms', quantile(served, 0.5));
  add('served.p99', '  time of what is served, p99', 'ms', quantile(served, 0.99));
  if (refused.length > 0) add('refused.p50', '  time of a refusal, p50', 'ms', quantile(refused, 0.5));
  add('health.p50', '  /healthz, p50', 'ms', quantile(visits, 0.5));
  add('health.p99', '  /healthz, p99', 'ms', quantile(visits, 0.99));
  add('health.max', '  /healthz, slowest', 'ms', quantile(visits, 1));
}
