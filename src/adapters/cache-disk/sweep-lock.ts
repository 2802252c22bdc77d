import { rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { readUpTo } from './read-up-to.ts';

/** One whose holder has not said for so long that it goes on was left by a crash. */
const ABANDONED_MS = 10_000;

/** The name of a host and a number have less. */
const MAX_BYTES = 1024;

/** Held by the one process that counts and makes room. Two at once would do no harm but to work twice. */
export class SweepLock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns whether this process has it now */
  async take(): Promise<boolean> {
    if (await this.#isHeld()) return false;
    await rm(this.#path, { force: true, recursive: true });
    const text = `${hostname()} ${process.pid}`;
    return writeFile(this.#path, text, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      () => false,
    );
  }

  /** To be said every second or so. */
  async goOn(): Promise<void> {
    const now = Date.now() / 1000;
    await utimes(this.#path, now, now).catch(() => undefined);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #isHeld(): Promise<boolean> {
    try {
      const { bytes, identity } = await readUpTo(MAX_BYTES, this.#path);
      // Also where it is of a time to come: the clock has been set back since.
      if (Math.abs(Date.now() - identity.mtimeMs) > ABANDONED_MS) return false;
      const [host, pid] = bytes.toString().split(' ');
      // Of another container only its host's name tells it apart; its processes are not to be seen from here.
      return host !== hostname() || isRunning(Number(pid));
    } catch {
      return false;
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
