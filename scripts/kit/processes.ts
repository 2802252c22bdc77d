import { readFile, readdir } from 'node:fs/promises';

/** Ticks of the times in /proc; on every Linux that Node runs on there are so many in a second. */
const TICKS_PER_SECOND = 100;

/** Processor milliseconds that a process and its children have taken, with all threads; NaN without /proc. */
export async function cpuMsOf(pid: number): Promise<number> {
  const processes = await family(pid);
  // The 12th and 13th field behind the state and the parent are the times in user and system mode.
  const ticks = processes.map(({ fields }) => Number(fields[11]) + Number(fields[12]));
  return processes.length === 0 ? NaN : sum(ticks) * (1000 / TICKS_PER_SECOND);
}

/** The most bytes that were ever resident, and those that are now; of several processes the sum. NaN without /proc. */
export async function memoryOf(pid: number): Promise<{ peakBytes: number; residentBytes: number }> {
  const processes = await family(pid);
  const read = ({ pid: each }: { pid: number }) => readFile(`/proc/${each}/status`, 'utf8');
  const statuses = await Promise.all(processes.map(read));
  const total = (field: string) => {
    const kib = statuses.map((status) => new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
    return kib.length === 0 ? NaN : sum(kib.map(Number)) * 1024;
  };
  return { peakBytes: total('VmHWM'), residentBytes: total('VmRSS') };
}

/** Itself and the workers that it has started. */
async function family(pid: number) {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(factsOf));
  return all.filter(
    ({ pid: own, fields }) => (own === pid && fields.length > 0) || Number(fields[1]) === pid,
  );
}

/** The fields behind the name, which may hold anything: the state, the parent … None where the process has ended. */
async function factsOf(pid: number): Promise<{ pid: number; fields: string[] }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return { pid, fields: stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ') };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
