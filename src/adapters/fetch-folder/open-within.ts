import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { SourceForbiddenError } from '../../domain/errors/index.ts';

/** A pipe or a device that nobody writes to is opened without a wait, to be refused. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file that lies in the folder. Links may lead anywhere, and may be changed at any moment: what counts is where the
 * file that was opened lies in the end.
 *
 * @throws SourceForbiddenError for one outside; and what the file system says
 */
export async function openWithin(folder: string, path: string): Promise<FileHandle> {
  const root = await realpath(folder);
  const file = await open(path, FLAGS);
  try {
    const place = await placeOf(file, path);
    if (place === undefined || !`${place}${sep}`.startsWith(root === sep ? sep : root + sep)) {
      throw new SourceForbiddenError(`${path} leads out of ${folder}, to ${place ?? 'a place that changes'}`);
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Without any link. Linux says where an open file lies; elsewhere the path is followed once more, to the same file. */
async function placeOf(file: FileHandle, path: string): Promise<string | undefined> {
  try {
    return await readlink(`/proc/self/fd/${file.fd}`);
  } catch {
    const place = await realpath(path);
    const [opened, found] = await Promise.all([file.stat({ bigint: true }), lstat(place, { bigint: true })]);
    return opened.ino === found.ino && opened.dev === found.dev ? place : undefined;
  }
}
