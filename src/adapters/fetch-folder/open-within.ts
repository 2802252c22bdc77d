import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import { translateError } from './file-errors.ts';

/** A pipe or a device that nobody writes to is opened without a wait, to be refused. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file that lies in the folder. Links may lead anywhere, and may be changed at any moment: what counts is where the
 * file that was opened lies in the end.
 *
 * @throws SourceForbiddenError for one outside; SourceUnreachableError where the folder itself is away; and what the file
 *   system says of the file
 */
export async function openWithin(folder: string, path: string): Promise<FileHandle> {
  const file = await open(path, FLAGS).catch(async (error: unknown) => {
    // Without the folder, nothing is known of the file.
    await rootOf(folder);
    throw error;
  });
  try {
    const root = await rootOf(folder);
    const place = await placeOf(file, path);
    if (place === undefined || !`${place}${sep}`.startsWith(root === sep ? sep : root + sep)) {
      throw new SourceForbiddenError(`a link leads out of ${folder}`);
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where the folder is not there, a disk or a network is away for the moment: its images are not gone. */
async function rootOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    throw translateError(error);
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
