import { readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

/** Milliseconds of processor time that this thread spends on the work: a machine that is busy makes them no more. */
export async function processorMsOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** Milliseconds of processor time of a process's first thread, the one that answers; undefined where no system tells. */
export function firstThreadMs(pid: number): number | undefined {
  try {
    const [nanoseconds = ''] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ');
    return Number(nanoseconds) / NS_PER_MS;
  } catch {
    return undefined;
  }
}
