import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from './disk-faults.ts';
import { type Layout, draftOf } from './layout.ts';
import { readUpTo } from './read-up-to.ts';
import { SweepLock } from './sweep-lock.ts';
import { sweep } from './sweep.ts';

export interface DiskSpaceOptions {
  readonly layout: Layout;
  readonly limitBytes: number;
  /** Told when room could not be made. */
  readonly onFailure: (error: unknown) => void;
}

/** A number has less. */
const MAX_LEVEL_BYTES = 64;
/** Part of the limit that is left when room was made. */
const TARGET = 0.8;
/** The largest part of the limit that one entry may take. */
const LARGEST = 1 / 16;
/** How often a process says that it is there, and looks how much there is. */
const BEAT_MS = 20_000;
/** A process that has not said so for that long is gone. */
const GONE_MS = 3 * BEAT_MS;

/**
 * Keeps a folder within its limit although several processes write to it. None of them knows what the others write, so
 * what is free is divided: each may write half of its part until the folder is counted again, and the other half is for
 * what is written while that happens.
 */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  readonly #presence: string;
  readonly #lock: SweepLock;
  readonly #beat: NodeJS.Timeout;
  #levelAtMs = 0;
  /** Bytes that this process may write until it knows better, and those that it has written. */
  #shareBytes: number;
  #writtenBytes = 0;
  #making: Promise<void> | undefined;
  #closed = false;

  constructor(options: DiskSpaceOptions) {
    const { layout, limitBytes } = options;
    this.#options = options;
    this.#presence = join(layout.processes, randomUUID());
    this.#lock = new SweepLock(layout.lock);
    // What a crash has left uncounted is counted first.
    this.#shareBytes = limitBytes * LARGEST;
    this.#beat = setInterval(() => void this.#refresh(false), BEAT_MS).unref();
    void this.#refresh(true);
  }

  /** Whether that many bytes more may be written; they are taken to be. */
  take(bytes: number): boolean {
    if (bytes > this.#options.limitBytes * LARGEST) return false;
    if (this.#writtenBytes + bytes > this.#shareBytes / 2) void this.#refresh(true);
    if (this.#writtenBytes + bytes > this.#shareBytes) return false;
    this.#writtenBytes += bytes;
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#beat);
    await this.#making;
    await rm(this.#presence, { force: true });
  }

  /** One at a time. */
  #refresh(isNeeded: boolean): Promise<void> {
    this.#making ??= this.#lookOrSweep(isNeeded)
      // Somebody has emptied the folder.
      .catch((error: unknown) =>
        isAbsence(error) ? this.#options.layout.create() : Promise.reject(error as Error),
      )
      .catch(this.#options.onFailure)
      .finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #lookOrSweep(isNeeded: boolean): Promise<void> {
    if (this.#closed) return;
    await touch(this.#presence);
    if (await this.#adoptLevel()) return;
    if (isNeeded) await this.#sweep();
  }

  /** What another process has counted since. */
  async #adoptLevel(): Promise<boolean> {
    const { layout } = this.#options;
    const countedAtMs = await changedAt(layout.level);
    if (countedAtMs === undefined || countedAtMs <= this.#levelAtMs) return false;
    const isFirst = this.#levelAtMs === 0;
    this.#levelAtMs = countedAtMs;
    // Of an earlier run, perhaps.
    if (isFirst) return false;
    const { bytes } = await readUpTo(MAX_LEVEL_BYTES, layout.level);
    await this.#divide(Number(bytes.toString()));
    this.#writtenBytes = 0;
    return true;
  }

  async #sweep(): Promise<void> {
    const { layout, limitBytes } = this.#options;
    if (!(await this.#lock.take())) return;
    try {
      const before = this.#writtenBytes;
      const leftBytes = await sweep(layout, limitBytes * TARGET, () => this.#goOn());
      const draft = draftOf(layout.level);
      await writeFile(draft, String(leftBytes), { mode: 0o600 });
      await rename(draft, layout.level);
      this.#levelAtMs = (await changedAt(layout.level)) ?? 0;
      await this.#divide(leftBytes);
      this.#writtenBytes -= before;
    } finally {
      await this.#lock.release();
    }
  }

  /** @throws Error once this is closed: who opens the folder next counts it again */
  async #goOn(): Promise<void> {
    if (this.#closed) throw new Error('the cache was closed');
    await this.#lock.goOn();
  }

  async #divide(takenBytes: number): Promise<void> {
    const { layout, limitBytes } = this.#options;
    const freeBytes = Math.max(0, limitBytes - takenBytes);
    this.#shareBytes = freeBytes / 2 / (await processesIn(layout.processes));
  }
}

/** At least this one. */
async function processesIn(folder: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const seenAtMs = await changedAt(path);
    if (seenAtMs === undefined) continue;
    if (Math.abs(Date.now() - seenAtMs) < GONE_MS) count += 1;
    else await rm(path, { force: true });
  }
  return Math.max(1, count);
}

async function touch(path: string): Promise<void> {
  const now = Date.now() / 1000;
  await utimes(path, now, now).catch(() => writeFile(path, '', { mode: 0o600 }));
}

/** Unix milliseconds. */
async function changedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
