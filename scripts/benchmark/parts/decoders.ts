import type { Bench } from '../bench.ts';
import { type Miss, MissRig, oneSizeEach } from '../miss-rig.ts';

/** What it costs that images are decoded in processes of their own: the same misses, decoded in the service itself. */
export async function measureDecoders(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.leaveOut('isolated decoders beside those in the process', 'the service is elsewhere');
    return;
  }
  const sources = await bench.sources();
  const { passes } = bench.scale;
  await using isolated = await MissRig.start(bench, 'isolated decoders', sources, { DECODERS: 'isolated' });
  await using within = await MissRig.start(bench, 'decoders in the process', sources, {
    DECODERS: 'in-process',
  });
  for (const concurrency of [1, 8]) {
    let list: readonly Miss[] = [];
    const title = `misses by isolated decoders, ${concurrency} at once`;
    const beside = {
      title: 'decoded in the service',
      goal: 0.9,
      run: () => {
        list = oneSizeEach(sources, concurrency === 1 ? passes / 2 : passes, bench.seed);
        return within.serve(title, list, concurrency);
      },
    };
    const serve = () => isolated.serve(title, list, concurrency);
    await bench.takeTurns({ id: `decoders.c${concurrency}`, title, cpuGoal: 1.1 }, serve, [beside]);
  }
  await isolated.service.end();
  await within.service.end();
}
