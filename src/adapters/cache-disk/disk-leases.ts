import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Lease } from '../../ports/thumbnail-cache.ts';
import { ifAbsent } from './disk-faults.ts';
import { draftOf } from './layout.ts';
import { readUpTo } from './read-up-to.ts';

/** A lease whose file has no text yet is being written; should that have crashed, it is over after this. */
const WRITING_MS = 5000;

/** A lease that ends so much later than one may was taken before the clock was set back, which could be by hours. */
const CLOCK_SKEW_MS = 10_000;

/** A time and a token have less. */
const MAX_BYTES = 1024;

type RenewableLease = Required<Omit<Lease, 'isUnshared'>>;

interface FoundLease {
  readonly token: string;
  readonly endsAtMs: number;
}

/**
 * Creates the file of a lease, which only one process can.
 *
 * @returns undefined where another has it
 */
export async function takeLease(path: string, ttlMs: number): Promise<RenewableLease | undefined> {
  const token = randomUUID();
  const text = textOf(token, ttlMs);
  if (!(await create(path, text))) {
    const found = await find(path);
    if (found !== undefined && isHeld(found, ttlMs)) return undefined;
    if (found !== undefined && !(await remove(path, found, ttlMs))) return undefined;
    if (!(await create(path, text))) return undefined;
  }
  return {
    release: async () => {
      const found = await find(path);
      if (found?.token === token) await rm(path, { force: true });
    },
    renew: async (forMs) => {
      const found = await find(path);
      if (found?.token !== token || found.endsAtMs <= Date.now()) return false;
      const draft = draftOf(path);
      await writeFile(draft, textOf(token, forMs), { mode: 0o600 });
      await rename(draft, path);
      return true;
    },
  };
}

function textOf(token: string, ttlMs: number): string {
  return `${Date.now() + ttlMs} ${token}`;
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function find(path: string): Promise<FoundLease | undefined> {
  const found = await readUpTo(MAX_BYTES, path).catch(ifAbsent);
  if (found === undefined) return undefined;
  const text = found.bytes.toString();
  const [endsAt = '', token = ''] = text.split(' ');
  return { token, endsAtMs: text === '' ? found.identity.mtimeMs + WRITING_MS : Number(endsAt) };
}

/** @param ttlMs for which leases are taken */
function isHeld({ endsAtMs }: FoundLease, ttlMs: number): boolean {
  const leftMs = endsAtMs - Date.now();
  return leftMs > 0 && leftMs <= ttlMs + CLOCK_SKEW_MS;
}

/** Of several that find it over, one moves it away; should that have been another's by then, nobody is told. */
async function remove(path: string, { token }: FoundLease, ttlMs: number): Promise<boolean> {
  const away = draftOf(path);
  try {
    await rename(path, away);
  } catch {
    return false;
  }
  const moved = await find(away);
  // One that is being written has no token yet, as the one that was left so.
  const isIt = moved?.token === token && !isHeld(moved, ttlMs);
  if (!isIt) await rename(away, path);
  else await rm(away, { force: true, recursive: true });
  return isIt;
}
