import { readdir, readFile } from 'node:fs/promises';

/** Ticks of the times in /proc; on every Linux that Node runs on there are so many in a second. */
const TICKS_PER_SECOND = 100;

export interface MemoryUse {
  /** The most that was ever resident (VmHWM), and what is now (VmRSS); of several processes the sum. */
  readonly peakBytes: number;
  readonly residentBytes: number;
}

/** Processor milliseconds that a process and its children have taken, with all threads; undefined without /proc. */
export async function cpuMsOf(pid: number): Promise<number | undefined> {
  const processes = await family(pid);
  if (processes.length === 0) return undefined;
  return processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) * (1000 / TICKS_PER_SECOND);
}

export async function memoryOf(pid: number): Promise<MemoryUse | undefined> {
  const processes = await family(pid);
  if (processes.length === 0) return undefined;
  const statuses = await Promise.all(processes.map((each) => readFile(`/proc/${each.pid}/status`, 'utf8')));
  const sum = (field: string) =>
    statuses.reduce((total, status) => total + fieldKib(status, field) * 1024, 0);
  return { peakBytes: sum('VmHWM'), residentBytes: sum('VmRSS') };
}

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly cpuTicks: number;
}

/** Itself and the workers that it has started. */
async function family(pid: number): Promise<ProcessFacts[]> {
  const own = await factsOf(pid);
  if (own === undefined) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(factsOf));
  return [own, ...all.filter((facts): facts is ProcessFacts => facts?.parent === pid)];
}

/** Undefined where it has ended, or there is no /proc. */
async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // Behind the name, which may hold anything: state, parent, and as 12th and 13th the times in user and system mode.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) };
}

function fieldKib(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN);
}
