import { setTimeout as sleep } from 'node:timers/promises';
import { proportionalBytesOf } from '../../kit/processes.ts';
import type { Bench } from '../bench.ts';
import { SERVER_SOURCES } from '../catalogue.ts';
import { MissRig, oneSizeEach } from '../miss-rig.ts';
import { type Source, madeSources } from '../sources.ts';

const MIB = 1024 * 1024;
const CONCURRENCY = 8;
const SAMPLE_MS = 100;

/** Most MiB of all processes together, while images of the format are decoded. */
const GOALS: Readonly<Record<string, number>> = { jpeg: 256, png: 256, webp: 256, avif: 384 };
const IDLE_GOAL = 220;

/** After so long decoders that have nothing to do are ended. */
const IDLE_AFTER_MS = 50_000;

/** A PNG of 12 megapixels of noise has more bytes than the service takes by default. */
const LARGE_FILES = { MAX_SOURCE_SIZE: '64MiB' };

/** The highest that all processes of a service hold together with 8 misses of one format at once, and what is left after that. */
export async function measureMemoryByFormat(bench: Bench): Promise<void> {
  const sources = await madeSources((text) => console.log(text), SERVER_SOURCES);
  for (const [format, goal] of Object.entries(GOALS)) {
    const own = sources.filter(({ name }) => name.startsWith(format));
    await measureFormat(bench, format, own, goal);
  }
}

async function measureFormat(
  bench: Bench,
  format: string,
  sources: readonly Source[],
  goal: number,
): Promise<void> {
  await using rig = await MissRig.start(bench, `misses of ${format}`, sources, LARGE_FILES);
  const { pid } = rig.service;
  if (pid === undefined) return;
  const passes = bench.scale.passes * CONCURRENCY;
  const peakBytes = await highestDuring(pid, async () => {
    await rig.serve(`memory of ${format}`, oneSizeEach(sources, passes, bench.seed), CONCURRENCY);
  });
  const id = `memory.${format}`;
  bench.record(id, `${format}, ${CONCURRENCY} at once, all processes: highest`, 'MiB', [peakBytes / MIB], {
    goal,
  });
  await sleep(IDLE_AFTER_MS, undefined, { signal: bench.signal });
  const { all: restBytes } = await proportionalBytesOf(pid);
  bench.record(`${id}.idle`, '  with nothing to do', 'MiB', [restBytes / MIB], { goal: IDLE_GOAL });
  await rig.service.end();
}

/** What several processes share counts once. */
async function highestDuring(pid: number, work: () => Promise<void>): Promise<number> {
  const done = new AbortController();
  const sampled = (async () => {
    let highest = 0;
    while (!done.signal.aborted) {
      highest = Math.max(highest, (await proportionalBytesOf(pid)).all);
      await sleep(SAMPLE_MS);
    }
    return highest;
  })();
  try {
    await work();
  } finally {
    done.abort();
  }
  return sampled;
}
