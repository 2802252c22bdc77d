import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../adapters/local-files/index.ts';
import { reasonOf } from '../file-faults.ts';

/** A file is there whole or not at all, whatever ends the process, and even if others write it at the same time. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  // Processes of two containers may have the same id. The file's own name is left out: it may be as long as a name can be.
  const unfinished = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`);
  try {
    await makeFolder(dirname(path));
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw new Error(`The thumbnail can't be written to ${path}. ${reasonOf(cause)}`, { cause });
  }
}
