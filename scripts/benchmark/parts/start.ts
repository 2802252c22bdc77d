import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { thumbnail } from '../asks.ts';
import type { Bench } from '../bench.ts';
import { BundledService } from '../bundled-service.ts';
import { SERVER_SOURCES } from '../catalogue.ts';
import type { FloorKind } from '../floors/stored-answers.ts';
import { HitFloorServer } from '../hit-floor.ts';
import { SourceHost } from '../origin.ts';
import { type Command, FROM_SOURCES, listeningAt, spawnService } from '../service.ts';
import { madeSources } from '../sources.ts';

interface Start {
  readonly listeningMs: number;
  /** To the answer of /healthz. */
  readonly answeredMs: number;
  /** To a thumbnail, of a service that is asked for one as soon as it listens. */
  readonly thumbnailMs: number;
}

/**
 * From nothing to the first answer and to the first thumbnail, from the sources and as the container image runs it, beside a
 * bare Koa, without and with sharp.
 */
export async function measureStart(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('start', 'a deployment is already running');
    return;
  }
  await using bundled = await BundledService.make(bench.signal);
  const [source] = await madeSources((text) => console.log(text), SERVER_SOURCES.slice(0, 1));
  if (source === undefined) throw new Error('no source');
  await using host = await SourceHost.start([source], { delayMs: 0 });
  const path = () => thumbnail(host.freshUrl(source), 256, 'webp').path;
  const [sources, bundle, floors, sharpFloors]: [Start[], Start[], number[], number[]] = [[], [], [], []];
  // The first one reads files that the system then has in memory, and compiles what Node then keeps.
  for (let round = 0; round <= bench.scale.starts; round += 1) {
    const floorMs = await timeFloor('koa', bench.signal);
    const sharpFloorMs = await timeFloor('koa-sharp', bench.signal);
    const fromSources = await timeService(bench, FROM_SOURCES, path);
    const fromBundle = await timeService(bench, bundled.command, path);
    if (round === 0) continue;
    floors.push(floorMs);
    sharpFloors.push(sharpFloorMs);
    sources.push(fromSources);
    bundle.push(fromBundle);
  }
  const floor = { title: 'bare Koa', rounds: floors };
  const sharpFloor = { title: 'bare Koa with sharp', rounds: sharpFloors };
  for (const [id, what, starts] of [
    ['start.image', 'as in the image', bundle],
    ['start', 'from the sources', sources],
  ] as const) {
    const [listening, answered, made] = [
      starts.map((each) => each.listeningMs),
      starts.map((each) => each.answeredMs),
      starts.map((each) => each.thumbnailMs),
    ];
    bench.record(`${id}.listening`, `start to listening, ${what}`, 'ms', listening, { goal: 250 });
    bench.record(`${id}.answer`, `start to first answer, ${what}`, 'ms', answered, { floor });
    const facts = { floor: sharpFloor, goal: 2.5 };
    bench.record(`${id}.thumbnail`, `start to first thumbnail, ${what}`, 'ms', made, facts);
  }
}

/** Two starts: the one that is asked for a thumbnail has loaded nothing more than it needed to listen. */
async function timeService(bench: Bench, command: Command, path: () => string): Promise<Start> {
  const { listeningMs, answeredMs } = await timeStart(bench, command, '/healthz');
  const { answeredMs: thumbnailMs } = await timeStart(bench, command, path());
  return { listeningMs, answeredMs, thumbnailMs };
}

async function timeStart(
  { options, signal }: Bench,
  command: Command,
  path: string,
): Promise<Omit<Start, 'thumbnailMs'>> {
  const startedAt = performance.now();
  const child = spawnService(options.settings, 'pipe', signal, command);
  const exit = once(child, 'exit');
  exit.catch(() => undefined);
  try {
    if (child.stdout === null) throw new Error('the service has no standard output');
    for await (const line of createInterface({ input: child.stdout })) {
      const url = listeningAt(line);
      if (url === undefined) continue;
      const listeningMs = performance.now() - startedAt;
      const response = await fetch(url + path, { signal });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
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

async function timeFloor(kind: FloorKind, signal: AbortSignal): Promise<number> {
  const answer = { request: 'GET /healthz', body: Buffer.from('ok'), type: 'text/plain', etag: '"ok"' };
  const startedAt = performance.now();
  await using floor = await HitFloorServer.start({ kind, answers: [answer], cacheServer: '' }, signal);
  await (await fetch(`${floor.url}/healthz`, { signal })).text();
  return performance.now() - startedAt;
}
