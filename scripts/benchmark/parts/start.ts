import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from '../bench.ts';
import { BundledService } from '../bundled-service.ts';
import { HitFloorServer } from '../hit-floor.ts';
import { type Command, FROM_SOURCES, listeningAt, spawnService } from '../service.ts';

interface Start {
  readonly listeningMs: number;
  readonly answeredMs: number;
}

/** From nothing to the first answer, from the sources and as the container image runs it, beside a bare Koa. */
export async function measureStart(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('start', 'a deployment is already running');
    return;
  }
  await using bundled = await BundledService.make(bench.signal);
  const [sources, bundle, floors]: [Start[], Start[], number[]] = [[], [], []];
  // The first one reads files that the system then has in memory, and compiles what Node then keeps.
  for (let round = 0; round <= bench.scale.starts; round += 1) {
    const floorMs = await timeFloor(bench.signal);
    const fromSources = await timeService(bench, FROM_SOURCES);
    const fromBundle = await timeService(bench, bundled.command);
    if (round === 0) continue;
    floors.push(floorMs);
    sources.push(fromSources);
    bundle.push(fromBundle);
  }
  const floor = { title: 'bare Koa', rounds: floors };
  for (const [id, what, starts] of [
    ['start.image', 'as in the image', bundle],
    ['start', 'from the sources', sources],
  ] as const) {
    const [listening, answered] = [
      starts.map((each) => each.listeningMs),
      starts.map((each) => each.answeredMs),
    ];
    bench.record(`${id}.listening`, `start to listening, ${what}`, 'ms', listening, { goal: 250 });
    bench.record(`${id}.answer`, `start to first answer, ${what}`, 'ms', answered, { floor });
  }
}

async function timeService({ options, signal }: Bench, command: Command): Promise<Start> {
  const startedAt = performance.now();
  const child = spawnService(options.settings, 'pipe', signal, command);
  const exit = once(child, 'exit');
  exit.catch(() => undefined);
  try {
    if (child.stdout === null) throw new Error('the service has no standard output');
    let listeningMs = NaN;
    for await (const line of createInterface({ input: child.stdout })) {
      const url = listeningAt(line);
      if (url === undefined) continue;
      listeningMs = performance.now() - startedAt;
      const { ok } = await fetch(`${url}/healthz`, { signal });
      if (!ok) throw new Error('/healthz is not well');
      return { listeningMs, answeredMs: performance.now() - startedAt };
    }
    throw new Error('the service did not start');
  } finally {
    // Asked and not killed, so that it writes down what it has compiled. The next one begins when it has ended.
    child.kill('SIGTERM');
    child.stdout?.resume();
    await exit.catch(() => undefined);
  }
}

async function timeFloor(signal: AbortSignal): Promise<number> {
  const answer = { request: 'GET /healthz', body: Buffer.from('ok'), type: 'text/plain', etag: '"ok"' };
  const startedAt = performance.now();
  await using floor = await HitFloorServer.start({ kind: 'koa', answers: [answer], cacheServer: '' }, signal);
  await (await fetch(`${floor.url}/healthz`, { signal })).text();
  return performance.now() - startedAt;
}
