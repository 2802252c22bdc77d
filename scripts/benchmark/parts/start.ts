import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { HitFloor } from '../floors/hit-floor.ts';
import { listeningAt } from '../service-log.ts';
import { spawnService } from '../service.ts';

interface Start {
  readonly listeningMs: number;
  readonly answeredMs: number;
}

/** From nothing to the first answer, beside a bare Koa that does the same. */
export async function measureStart(bench: Bench): Promise<void> {
  const { recorder, scale, signal } = bench;
  if (!bench.isLocal) {
    recorder.leaveOut('start', 'a deployment is already running');
    return;
  }
  const starts: Start[] = [];
  const floors: number[] = [];
  // The first one reads files that the system then has in memory.
  for (let round = 0; round <= scale.starts; round += 1) {
    const floorMs = await timeFloor(signal);
    const start = await timeService(bench.options.settings, signal);
    if (round === 0) continue;
    floors.push(floorMs);
    starts.push(start);
    // What the last one was ended with does not count for the next one.
    await sleep(50, undefined, { signal });
  }
  const usual = { unit: 'ms', better: 'lower' } as const;
  recorder.add({
    ...usual,
    id: 'start.listening',
    title: 'start to listening',
    rounds: starts.map(({ listeningMs }) => listeningMs),
    goal: 250,
  });
  recorder.add({
    ...usual,
    id: 'start.answer',
    title: 'start to first answer',
    rounds: starts.map(({ answeredMs }) => answeredMs),
    floor: { title: 'bare Koa', rounds: floors },
  });
}

async function timeService(settings: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Start> {
  const startedAt = performance.now();
  const child = spawnService(settings, 'pipe', signal);
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
    child.kill('SIGKILL');
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
