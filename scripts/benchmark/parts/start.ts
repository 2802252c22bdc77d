import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from '../bench.ts';
import { HitFloor } from '../floors/hit-floor.ts';
import { listeningAt } from '../service-log.ts';
import { BundledService } from '../bundled-service.ts';
import { type Command, FROM_SOURCES, spawnService } from '../service.ts';

interface Start {
  readonly listeningMs: number;
  readonly answeredMs: number;
}

/** From nothing to the first answer, from the sources and as the container image runs it, beside a bare Koa. */
export async function measureStart(bench: Bench): Promise<void> {
  const { recorder, scale, signal, options } = bench;
  if (!bench.isLocal) {
    recorder.leaveOut('start', 'a deployment is already running');
    return;
  }
  await using bundled = await BundledService.make(signal);
  const [sources, bundle]: [Start[], Start[]] = [[], []];
  const floors: number[] = [];
  // The first one reads files that the system then has in memory, and compiles what Node then keeps.
  for (let round = 0; round <= scale.starts; round += 1) {
    const floorMs = await timeFloor(signal);
    const fromSources = await timeService(FROM_SOURCES, options.settings, signal);
    const fromBundle = await timeService(bundled.command, options.settings, signal);
    if (round === 0) continue;
    floors.push(floorMs);
    sources.push(fromSources);
    bundle.push(fromBundle);
  }
  const usual = { unit: 'ms', better: 'lower' } as const;
  const listening = { ...usual, goal: 250 };
  const floor = { title: 'bare Koa', rounds: floors };
  const of = (starts: Start[], figure: keyof Start) => starts.map((start) => start[figure]);
  recorder.add({
    ...listening,
    id: 'start.image.listening',
    title: 'start to listening, as in the image',
    rounds: of(bundle, 'listeningMs'),
  });
  recorder.add({
    ...usual,
    id: 'start.image.answer',
    title: 'start to first answer, as in the image',
    rounds: of(bundle, 'answeredMs'),
    floor,
  });
  recorder.add({
    ...listening,
    id: 'start.listening',
    title: 'start to listening, from the sources',
    rounds: of(sources, 'listeningMs'),
  });
  recorder.add({
    ...usual,
    id: 'start.answer',
    title: 'start to first answer, from the sources',
    rounds: of(sources, 'answeredMs'),
    floor,
  });
}

async function timeService(
  command: Command,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Start> {
  const startedAt = performance.now();
  const child = spawnService(settings, 'pipe', signal, command);
  const exit = once(child, 'exit');
  exit.catch(() => undefined);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      if (child.stdout === null) throw new Error('the service has no standard output');
      createInterface({ input: child.stdout }).on('line', (line) => {
        const url = listeningAt(line);
        if (url !== undefined) resolve(url);
      });
      exit.then(() => reject(new Error('the service did not start')), reject);
    });
    const listeningMs = performance.now() - startedAt;
    const { ok } = await fetch(`${url}/healthz`, { signal });
    if (!ok) throw new Error('/healthz is not well');
    return { listeningMs, answeredMs: performance.now() - startedAt };
  } finally {
    // Asked and not killed, so that it writes down what it has compiled. The next one begins when it has ended.
    child.kill('SIGTERM');
    await exit.catch(() => undefined);
  }
}

async function timeFloor(signal: AbortSignal): Promise<number> {
  const answer = { request: 'GET /healthz', body: Buffer.from('ok'), type: 'text/plain', etag: '"ok"' };
  const startedAt = performance.now();
  await using floor = await HitFloor.start('koa', { answers: [answer], cacheServer: '' }, signal);
  const { host, port } = floor.target;
  await (await fetch(`http://${host}:${port}/healthz`, { signal })).text();
  return performance.now() - startedAt;
}
