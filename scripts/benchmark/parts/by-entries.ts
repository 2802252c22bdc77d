import sharp from 'sharp';
import type { Bench } from '../bench.ts';
import { figuresBeside } from '../beside.ts';
import type { Job } from '../jobs.ts';
import type { LoadRequest } from '../load/plan.ts';
import type { Measured } from '../measure.ts';
import { missOf } from '../requests.ts';
import type { Source } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { HitRig } from './hit-rig.ts';

const JOB: Job = { source: 'tiny', size: 64, format: 'jpeg' };

interface Filled {
  readonly entries: number;
  readonly service: Subject;
  readonly hits: readonly LoadRequest[];
  readonly measured: Measured[];
}

/** Hits of services that have more and more cached in memory, in turns. */
export async function measureByEntries(bench: Bench): Promise<void> {
  const { recorder, scale } = bench;
  await using held = new AsyncDisposableStack();
  const source = await tinySource();
  const origin = held.use(await bench.startOrigin([source]));
  const generators = held.use(bench.startGenerators());
  const rig = new HitRig(bench, generators);
  const load = { concurrency: 32, seconds: scale.hitSeconds };
  const all: Filled[] = [];
  for (const entries of scale.entries) all.push(await fill(entries));
  for (const { service, hits } of all) {
    await rig.drive('hits among many', service, hits, { ...load, seconds: scale.warmSeconds });
  }
  for (let round = 0; round < scale.hitRounds; round += 1) {
    for (const { service, hits, measured } of all) {
      measured.push(await rig.drive('hits among many', service, hits, load));
    }
  }
  const [fewest] = all;
  for (const { entries, measured } of all) {
    const floors =
      entries === fewest?.entries ? [] : [{ title: 'the fewest', measured: fewest?.measured ?? [] }];
    const title = `hits among ${entries} that are cached`;
    recorder.add(...figuresBeside({ id: `curves.entries.${entries}`, title, served: measured, floors }));
  }
  for (const { service } of all) await service.end();

  async function fill(entries: number): Promise<Filled> {
    const settings = { THUMBNAIL_CACHE: 'memory', QUEUE_TIMEOUT: '60s' };
    const service = held.use(await bench.startService(`${entries} cached`, settings));
    const requests = Array.from({ length: entries }, () =>
      missOf(service, JOB, source, origin.freshUrl(source)),
    );
    const mode = { kind: 'closed', concurrency: 16, seconds: undefined } as const;
    const result = await generators.once({ target: service.target, requests, mode });
    recorder.checked(`filling with ${entries}`, result);
    const hits = requests.map(({ text, expected }) => ({
      text,
      expected: { ...expected, cache: 'hit' as const },
    }));
    return { entries, service, hits, measured: [] };
  }
}

/** So small that thousands are made in a moment. */
async function tinySource(): Promise<Source> {
  const [width, height] = [96, 64];
  const grey = { width, height, channels: 3, background: '#808080' } as const;
  const bytes = await sharp({ create: grey }).jpeg().toBuffer();
  return { name: JOB.source, bytes, sha256: '', width, height, format: 'jpeg', kind: 'whole' };
}
