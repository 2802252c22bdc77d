import type { Bench } from '../bench.ts';
import { measureByEntries } from './by-entries.ts';
import { measureByPixels } from './by-pixels.ts';
import { measureByWorkers } from './by-workers.ts';

/** What changes with the size of a source, with how much is cached, and with the number of processes. */
export async function measureCurves(bench: Bench): Promise<void> {
  if (!bench.isLocal) {
    bench.recorder.leaveOut('curves', 'the service is elsewhere');
    return;
  }
  if (bench.options.quick && !bench.options.named) {
    bench.recorder.leaveOut('curves', '--quick; --only curves has them');
    return;
  }
  await measureByPixels(bench);
  await measureByEntries(bench);
  await measureByWorkers(bench);
}
