import { link, rename, rm, stat } from 'node:fs/promises';
import { isAbsence } from './disk-faults.ts';
import { draftOf } from './layout.ts';

/** What tells a file from another that has taken its place, and from itself once it has been used again. */
export interface FileIdentity {
  readonly ino: number;
  readonly mtimeMs: number;
}

/**
 * Removes what was found under a path, and nothing that another process has put there since: that is moved back, unless there is
 * something newer by then.
 *
 * @returns whether that is gone now
 */
export async function removeSame(path: string, found: FileIdentity): Promise<boolean> {
  const away = draftOf(path);
  try {
    await rename(path, away);
  } catch (error) {
    if (isAbsence(error)) return true;
    throw error;
  }
  const moved = await stat(away);
  const isSame = moved.ino === found.ino && moved.mtimeMs === found.mtimeMs;
  if (!isSame) await link(away, path).catch(() => undefined);
  await rm(away, { force: true, recursive: true });
  return isSame;
}
