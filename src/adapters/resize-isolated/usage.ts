import { readFileSync, readdirSync } from 'node:fs';

/** What a process has used so far. */
export interface Usage {
  /** Processor time in milliseconds, of all its threads. */
  readonly cpuMs: number;
  /** Memory that is its own, in bytes: no files that it shares with others. */
  readonly ownBytes: number;
}

/** The kernel tells times in hundredths of a second, whatever its own clock. */
const MS_PER_TICK = 10;

/** Undefined where the system does not tell, as only Linux does, or the process has ended. */
export function usageOf(pid: number): Usage | undefined {
  const stat = textOf(pid, 'stat');
  const ownBytes = statusBytes(pid, 'RssAnon');
  if (stat === undefined || ownBytes === undefined) return undefined;
  // The name of the program, in parentheses, may hold anything; user and system time are fields 14 and 15 of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuMs: ticks * MS_PER_TICK, ownBytes };
}

/** Bytes that count towards the system's limit of a process's data. */
export function dataBytesOf(pid: number): number | undefined {
  return statusBytes(pid, 'VmData');
}

/** The number after its highest open file's. */
export function nextFileOf(pid: number): number {
  return Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 1;
}

function statusBytes(pid: number, field: string): number | undefined {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(textOf(pid, 'status') ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function textOf(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}
