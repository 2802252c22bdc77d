import { extname, join, resolve } from 'node:path';
import { identityOf, placeOf } from './file-identity.ts';
import type { FoundImage } from './find-images.ts';

/** Where thumbnails go: into one file, or into a folder; without either, beside their sources. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'beside' };

/** A source, and the path of its thumbnail without the extension, which the format decides. */
export interface Plan extends FoundImage {
  readonly outputFor: (extension: string) => string;
}

/**
 * A thumbnail keeps the name of its source. Where `a.jpg` and `a.png` are in the same folder, each keeps its extension
 * too: `a.jpg.webp` and `a.png.webp`.
 */
export function planOutputs(images: readonly FoundImage[], target: Target): Plan[] {
  if (target.kind === 'file') return images.map((image) => ({ ...image, outputFor: () => target.path }));
  const named = images.map((image) => {
    const whole = target.kind === 'folder' ? join(target.path, image.relativePath) : image.path;
    return { image, whole, stem: whole.slice(0, whole.length - extname(whole).length) };
  });
  const uses = new Map<string, number>();
  for (const { stem } of named) uses.set(key(stem), (uses.get(key(stem)) ?? 0) + 1);
  return named.map(({ image, whole, stem }) => {
    const base = uses.get(key(stem)) === 1 ? stem : whole;
    return { ...image, outputFor: (extension) => `${base}.${extension}` };
  });
}

/** Files that are already taken, by a source or by another thumbnail. Links may lead to them by any path. */
export class TakenPaths {
  readonly #sources: ReadonlySet<string | undefined>;
  readonly #written = new Set<string>();

  private constructor(sources: ReadonlySet<string | undefined>) {
    this.#sources = sources;
  }

  /** To be asked for before anything is written. */
  static async of(sources: readonly FoundImage[]): Promise<TakenPaths> {
    return new TakenPaths(new Set(await Promise.all(sources.map(({ path }) => identityOf(path)))));
  }

  /** @throws Error where writing there would lose an image */
  async take(path: string): Promise<void> {
    const [present, place] = await Promise.all([identityOf(path), placeOf(path)]);
    if (present !== undefined && this.#sources.has(present)) throw taken(path, 'it is itself a source');
    if (this.#written.has(key(place))) throw taken(path, 'another thumbnail is written there');
    this.#written.add(key(place));
  }
}

function taken(path: string, why: string): Error {
  return new Error(`${path} is not overwritten: ${why}. Choose a folder with --output.`);
}

/** Some file systems take `A.jpg` and `a.jpg` for the same. */
function key(path: string): string {
  return resolve(path).toLowerCase();
}
