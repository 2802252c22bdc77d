import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';

/** What a process has used so far. */
export interface Usage {
  /** Processor time in milliseconds, of all its threads. */
  readonly cpuMs: number;
  /** Memory that is its own, in bytes: no files that it shares with others. */
  readonly ownBytes: number;
}

/** The kernel tells times in hundredths of a second, whatever its own clock. */
const MS_PER_TICK = 10;

/**
 * Reads what a process uses, again and again. The files that tell it stay open, as opening them takes four times as long as
 * reading them does.
 */
export class UsageMeter implements Disposable {
  readonly #stat: ProcFile;
  readonly #status: ProcFile;

  constructor(pid: number) {
    this.#stat = new ProcFile(pid, 'stat');
    this.#status = new ProcFile(pid, 'status');
  }

  /** Undefined where the system does not tell, as only Linux does, or the process has ended. */
  read(): Usage | undefined {
    const stat = this.#stat.read();
    const ownBytes = bytesIn(this.#status.read(), 'RssAnon');
    if (stat === undefined || ownBytes === undefined) return undefined;
    // The name of the program, in parentheses, may hold anything; user and system time are fields 14 and 15 of all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * MS_PER_TICK, ownBytes };
  }

  [Symbol.dispose](): void {
    this.#stat[Symbol.dispose]();
    this.#status[Symbol.dispose]();
  }
}

/** Bytes that count towards the system's limit of a process's data. */
export function dataBytesOf(pid: number): number | undefined {
  return bytesIn(
    attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1')),
    'VmData',
  );
}

/** The number after its highest open file's. */
export function nextFileOf(pid: number): number {
  return Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 1;
}

/** What its limits may be raised to; infinite where there is no such limit. */
export function hardLimitsOf(pid: number): { readonly dataBytes: number; readonly files: number } {
  const limits = attempt(() => readFileSync(`/proc/${pid}/limits`, 'latin1')) ?? '';
  const hardLimit = (name: string) =>
    Number(new RegExp(`^${name} +\\w+ +(\\d+)`, 'm').exec(limits)?.[1] ?? Infinity);
  return { dataBytes: hardLimit('Max data size'), files: hardLimit('Max open files') };
}

/** Longer than each of the files that are read; one is read at a time. */
const buffer = Buffer.alloc(8192);

/** What the kernel tells of one process, and never of another that gets its number later. */
class ProcFile implements Disposable {
  #descriptor: number | undefined;

  constructor(pid: number, name: string) {
    this.#descriptor = attempt(() => openSync(`/proc/${pid}/${name}`, 'r'));
  }

  read(): string | undefined {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return undefined;
    return attempt(() => {
      const length = readSync(descriptor, buffer, 0, buffer.length, 0);
      return buffer.toString('latin1', 0, length);
    });
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function bytesIn(status: string | undefined, field: string): number | undefined {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
