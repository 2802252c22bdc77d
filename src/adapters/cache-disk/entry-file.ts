import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { MAX_ENTRY_BYTES } from '../../domain/cache/cache-entry-codec.ts';
import { draftOf } from './layout.ts';
import { readUpTo } from './read-up-to.ts';
import { removeSame } from './remove-same.ts';

/** When its time is over, in Unix milliseconds as a double, stands before each entry. A double knows "for ever" too. */
const EXPIRY_BYTES = 8;

/** A file's time is that of its last use, within so many milliseconds. */
const USE_RESOLUTION_MS = 100;

/** Disks give space in pieces of this size. */
const BLOCK_BYTES = 4096;

/** What a file of that many bytes takes of a disk. */
export function spaceFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** The bytes of an entry whose time is not over, and a note on the file that it was used. */
export async function readEntry(path: string, nowMs: number): Promise<Buffer | undefined> {
  const { bytes, identity } = await readUpTo(EXPIRY_BYTES + MAX_ENTRY_BYTES, path);
  if (bytes.length < EXPIRY_BYTES || !(bytes.readDoubleBE() > nowMs)) {
    // It may have been made again meanwhile.
    await removeSame(path, identity);
    return undefined;
  }
  if (Math.abs(nowMs - identity.mtimeMs) > USE_RESOLUTION_MS) {
    // Nobody waits for it, and nothing depends on it.
    utimes(path, nowMs / 1000, nowMs / 1000).catch(() => undefined);
  }
  return bytes.subarray(EXPIRY_BYTES);
}

/**
 * Renaming is atomic: a reader finds the whole old file or the whole new one, even if others write it. Nothing waits for the
 * disk: what a crash of the machine leaves half written does not pass the entry's checksum.
 */
export async function writeEntry(path: string, encoded: Uint8Array, expiresAtMs: number): Promise<void> {
  const draft = draftOf(path);
  const expiry = Buffer.alloc(EXPIRY_BYTES);
  expiry.writeDoubleBE(expiresAtMs);
  try {
    await writeFile(draft, Buffer.concat([expiry, encoded]), { flag: 'wx', mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
