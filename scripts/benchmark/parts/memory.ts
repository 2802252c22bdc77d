import type { Bench } from '../bench.ts';
import { MissRig, oneSizeEach } from '../miss-rig.ts';
import { measureMemoryByFormat } from './memory-by-format.ts';

const CONCURRENCY = 64;

/**
 * A process of its own, in which everything comes together: first a mixture, then nothing but the largest sources. What the
 * processes of the other parts have held is recorded by those.
 */
export async function measureMemory(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('memory', 'the service is elsewhere');
    return;
  }
  const sources = await bench.sources();
  await using rig = await MissRig.start(bench, `${CONCURRENCY} misses at once`, sources);
  const largest = sources.toSorted((a, b) => b.width * b.height - a.width * a.height).slice(0, 3);
  for (const mixture of [sources, largest]) {
    const passes = Math.ceil(CONCURRENCY / mixture.length);
    await rig.serve('memory', oneSizeEach(mixture, passes, bench.seed), CONCURRENCY);
  }
  await rig.service.end();
  await measureMemoryByFormat(bench);
}
