import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CLOCK_SKEW_MS } from '../../domain/cache/entry-bounds.ts';
import { spaceFor } from './entry-file.ts';
import { type Layout, SHARDS, isDraft } from './layout.ts';
import { type FileIdentity, removeSame } from './remove-same.ts';

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
  /** Changed by each use. */
  readonly identity: FileIdentity;
}

/** A draft, or a lease, is left by a crash where it is as old as this. */
const ABANDONED_MS = 10 * 60_000;

/** Files that are looked at together: the disk is not this one's alone. */
const AT_ONCE = 16;

/**
 * Counts what there is, and removes what was used least recently until no more than that many bytes are left.
 *
 * @param goOn called now and then while that goes on; what it rejects with ends it
 * @returns the bytes that are left
 */
export async function sweep(layout: Layout, targetBytes: number, goOn: () => Promise<void>): Promise<number> {
  const nowMs = Date.now();
  const files: FoundFile[] = [];
  for (const shard of SHARDS) {
    files.push(...(await filesIn(layout.shard(shard), nowMs)));
    await goOn();
  }
  await filesIn(layout.leases, nowMs, ABANDONED_MS);
  let leftBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (leftBytes <= targetBytes) return leftBytes;
  let removed = 0;
  // What was used at a time to come was used before the clock was set back, and not since.
  const usedAtMs = ({ identity: { mtimeMs } }: FoundFile) => (mtimeMs > nowMs + CLOCK_SKEW_MS ? 0 : mtimeMs);
  for (const file of files.sort((one, other) => usedAtMs(one) - usedAtMs(other))) {
    if (leftBytes <= targetBytes) break;
    if (await removeUnused(file)) leftBytes -= file.bytes;
    removed += 1;
    if (removed % 1000 === 0) await goOn();
  }
  return leftBytes;
}

/** Those of a folder; what is older than `maxAgeMs`, and abandoned drafts, are removed. */
async function filesIn(folder: string, nowMs: number, maxAgeMs = Infinity): Promise<FoundFile[]> {
  const names = await readdir(folder).catch(() => []);
  const found: FoundFile[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const looks = names.slice(at, at + AT_ONCE).map(async (name) => {
      const file = await lookAt(join(folder, name));
      if (file === undefined) return;
      const limitMs = isDraft(name) ? ABANDONED_MS : maxAgeMs;
      if (nowMs - file.identity.mtimeMs > limitMs) await removeSame(file.path, file.identity);
      else found.push(file);
    });
    await Promise.all(looks);
  }
  return found;
}

/** Undefined where it has gone meanwhile. */
async function lookAt(path: string): Promise<FoundFile | undefined> {
  try {
    const facts = await stat(path);
    return { path, bytes: spaceFor(facts.size), identity: facts };
  } catch {
    return undefined;
  }
}

/** It may have been used since it was looked at. */
async function removeUnused({ path, identity }: FoundFile): Promise<boolean> {
  const now = await lookAt(path);
  if (now !== undefined && now.identity.mtimeMs > identity.mtimeMs) return false;
  return removeSame(path, now?.identity ?? identity);
}
