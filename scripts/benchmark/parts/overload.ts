import { quantile } from 'simple-statistics';
import { imageProblem, problemOf, thumbnail } from '../asks.ts';
import type { Bench } from '../bench.ts';
import { ask, atRate, walk } from '../load.ts';
import { type Miss, oneSizeEach } from '../miss-rig.ts';
import { SourceHost } from '../origin.ts';

/** Times what it can do. */
const OVERLOAD = 5;
const HEALTH_PER_SECOND = 20;
const HEALTH = { method: 'GET', path: '/healthz' } as const;

/** Five times what it can do, from people who do not wait for one another; and whether it says that it is well. */
export async function measureOverload(bench: Bench): Promise<void> {
  if (!bench.isLocal && !bench.options.named) {
    bench.leaveOut('overload', 'a deployment is overloaded only by --only overload');
    return;
  }
  const seconds = bench.scale.overloadSeconds;
  const sources = await bench.sources();
  await using origin = await SourceHost.start(sources, bench.options.pace);
  await using service = await bench.start('overload');
  const misses = (count: number) =>
    oneSizeEach(sources, Math.ceil(count / sources.length), bench.seed).slice(0, count);
  const askFor = ({ source, size, format }: Miss) =>
    ask(service.url, thumbnail(origin.freshUrl(source), size, format));

  // Twice: the first time it warms up.
  let canDo = 0;
  for (const passes of [2, 4]) {
    const startedAt = performance.now();
    const { length } = await walk(misses(passes * sources.length), 8, askFor);
    canDo = (length / (performance.now() - startedAt)) * 1000;
  }
  const [served, refused, visits]: [number[], number[], number[]] = [[], [], []];
  const startedAt = performance.now();
  const list = misses(Math.ceil(canDo * OVERLOAD * seconds));
  const beats = Array.from({ length: HEALTH_PER_SECOND * seconds }, () => HEALTH);
  await Promise.all([
    atRate(list, canDo * OVERLOAD, bench.seed, async (miss, dueAt) => {
      const answer = await ask(service.url, thumbnail(origin.freshUrl(miss.source), miss.size, miss.format));
      (answer.status === 503 ? refused : served).push(performance.now() - dueAt);
      const problem =
        answer.status === 503
          ? undefined
          : (problemOf(answer, 'miss') ?? (await imageProblem(answer.body, miss, miss.source)));
      if (problem !== undefined) bench.fault(`overload: ${problem}`);
    }),
    atRate(beats, HEALTH_PER_SECOND, bench.seed, async (beat, dueAt) => {
      const { status } = await ask(service.url, beat);
      visits.push(performance.now() - dueAt);
      if (status !== 200) bench.fault(`overload: /healthz answered ${status}`);
    }),
  ]);
  const perSecond = (served.length / (performance.now() - startedAt)) * 1000;
  const floor = { title: 'what it can do', rounds: [canDo] };
  const add = (id: string, title: string, value: number, unit = 'ms') =>
    bench.record(`overload.${id}`, title, unit, [value]);
  const title = `served, at ${OVERLOAD} times what it can do`;
  bench.record('overload.served', title, '/s', [perSecond], { floor, better: 'higher' });
  add('refused', 'refused with 503', (100 * refused.length) / list.length, '%');
  add('served.p50', '  time of what is served, p50', quantile(served, 0.5));
  add('served.p99', '  time of what is served, p99', quantile(served, 0.99));
  if (refused.length > 0) add('refused.p50', '  time of a refusal, p50', quantile(refused, 0.5));
  add('health.p50', '  /healthz, p50', quantile(visits, 0.5));
  add('health.p99', '  /healthz, p99', quantile(visits, 0.99));
  add('health.max', '  /healthz, slowest', quantile(visits, 1));
  await service.end();
}
