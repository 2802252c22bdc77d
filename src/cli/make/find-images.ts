import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { IMAGE_EXTENSION } from '../../domain/request/file-stem.ts';
import { reasonOf } from '../file-faults.ts';
import { identityOf } from './file-identity.ts';

/** A local image, or what is taken for one. */
export interface FoundImage {
  /** As a person would write it. */
  readonly path: string;
  /** Its path below the folder that was named; of a file that was named, its name. */
  readonly relativePath: string;
}

/** What could not be looked at, in one sentence. */
export interface Unfound {
  readonly path: string;
  readonly reason: string;
}

interface Found {
  readonly images: readonly FoundImage[];
  readonly unfound: readonly Unfound[];
}

/**
 * The images that were named, and those in the folders that were named, with their subfolders. Hidden files and folders
 * are left out, and links in folders, which may lead in circles. In a folder, files go by their names; one that was named
 * itself is looked into whatever it is called.
 *
 * @param except a folder that is not looked into: what is written there is no source
 */
export async function findImages(operands: readonly string[], except: string | undefined): Promise<Found> {
  const images: FoundImage[] = [];
  const unfound: Unfound[] = [];
  for (const operand of operands) {
    try {
      if ((await stat(operand)).isDirectory()) {
        const found = await imagesIn(operand, except);
        images.push(...found.images);
        unfound.push(...found.unfound);
      } else images.push({ path: operand, relativePath: basename(operand) });
    } catch (error) {
      unfound.push({ path: operand, reason: reasonOf(error) });
    }
  }
  return { images: withoutRepeats(images), unfound };
}

/** Two patterns of a shell, or a folder and a file in it, may name an image twice. It is still one. */
function withoutRepeats(images: readonly FoundImage[]): FoundImage[] {
  const keyed = images.map((image) => [`${resolve(image.path)}\0${image.relativePath}`, image] as const);
  return [...new Map(keyed).values()];
}

/** Whether any of them is a folder. */
export async function includesFolder(operands: readonly string[]): Promise<boolean> {
  const kinds = operands.map((operand) =>
    stat(operand).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  );
  return (await Promise.all(kinds)).includes(true);
}

async function imagesIn(root: string, except: string | undefined): Promise<Found> {
  const left = except === undefined ? undefined : await identityOf(except);
  const images: FoundImage[] = [];
  const unfound: Unfound[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for (const entry of await entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          if (left === undefined || (await identityOf(path)) !== left) folders.push(path);
        } else if (entry.isFile() && IMAGE_EXTENSION.test(extname(entry.name)))
          images.push({ path, relativePath: relative(root, path) });
      }
    } catch (error) {
      // Of a folder that cannot be read, the others are none the worse.
      unfound.push({ path: folder, reason: reasonOf(error) });
    }
  }
  return { images, unfound };
}

/** What is not hidden, in the order of names. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries.filter(({ name }) => !name.startsWith('.'));
  return shown.toSorted((a, b) => a.name.localeCompare(b.name));
}
