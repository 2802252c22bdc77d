import { readFile, readdir } from 'node:fs/promises';

/** Ticks of the times in /proc; on every Linux that Node runs on there are so many in a second. */
const TICKS_PER_SECOND = 100;

/** Processor milliseconds that a process and its children have taken, with all threads; NaN without /proc. */
export async function cpuMsOf(pid: number): Promise<number> {
  const processes = await family(pid);
  // The 12th to 15th field are the times in user and system mode: its own, and those of its children that have ended.
  const ticks = processes.map(({ fields }) => sum(fields.slice(11, 15).map(Number)));
  return processes.length === 0 ? NaN : sum(ticks) * (1000 / TICKS_PER_SECOND);
}

/**
 * The most bytes that were ever resident, and those that are now, of a process and those that it has started. What they
 * share, which is the program's files, counts once. NaN without /proc.
 */
export async function memoryOf(pid: number): Promise<{ peakBytes: number; residentBytes: number }> {
  const processes = await family(pid);
  if (processes.length === 0) return { peakBytes: NaN, residentBytes: NaN };
  const statuses = await Promise.all(processes.map(({ pid: each }) => statusOf(each)));
  const files = statuses.map((status) => status('RssFile'));
  const shared = sum(files) - Math.max(...files);
  const total = (field: string) => sum(statuses.map((status) => status(field))) - shared;
  return { peakBytes: total('VmHWM'), residentBytes: total('VmRSS') };
}

/** Bytes that are resident now; what several processes share counts for each by its part. */
export interface ProportionalBytes {
  /** Of a process and those that it has started; NaN without /proc. */
  readonly all: number;
  readonly own: number;
  /** Of each process that it has started, the largest first. */
  readonly started: readonly number[];
}

export async function proportionalBytesOf(pid: number): Promise<ProportionalBytes> {
  const processes = await family(pid);
  const parts = await Promise.all(
    processes.map(async ({ pid: each }) => {
      const text = await readFile(`/proc/${each}/smaps_rollup`, 'utf8').catch(() => '');
      return { pid: each, bytes: Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024 };
    }),
  );
  const started = parts.filter((part) => part.pid !== pid).map(({ bytes }) => bytes);
  const all = parts.length === 0 ? NaN : sum(parts.map(({ bytes }) => bytes));
  return { all, own: all - sum(started), started: started.sort((a, b) => b - a) };
}

/** Reads its fields, in bytes; they are 0 where the process has ended. */
async function statusOf(pid: number): Promise<(field: string) => number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

/** Ids of the processes that it has started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  return (await family(pid)).map((each) => each.pid).filter((each) => each !== pid);
}

/** Itself and the processes that it has started. */
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
