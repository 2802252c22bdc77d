import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * What a file or a folder is, whatever path leads to it: through links, in other letters where the file system does not tell
 * them apart, or by a second name. Undefined where there is nothing.
 */
export async function identityOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}

/** Where a file is written, or will be, once no folder on the way is a link. The file itself is replaced, even a link. */
export async function placeOf(path: string): Promise<string> {
  return join(await realFolder(dirname(resolve(path))), basename(path));
}

/** Folders that are still to be made are none of them a link. */
async function realFolder(folder: string): Promise<string> {
  const parent = dirname(folder);
  try {
    return await realpath(folder);
  } catch (error) {
    if (parent === folder) throw error;
    return join(await realFolder(parent), basename(folder));
  }
}
