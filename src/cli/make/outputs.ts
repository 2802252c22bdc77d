import { extname, join, resolve } from 'node:path';
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

/** Paths that are already taken, by a source or by another thumbnail. */
export class TakenPaths {
  readonly #taken = new Map<string, string>();

  constructor(sources: readonly FoundImage[]) {
    for (const { path } of sources) this.#taken.set(key(path), 'it is itself a source');
  }

  /** @throws Error where writing there would lose an image */
  take(path: string): void {
    const why = this.#taken.get(key(path));
    if (why !== undefined)
      throw new Error(`${path} is not overwritten: ${why}. Choose a folder with --output.`);
    this.#taken.set(key(path), 'another thumbnail is written there');
  }
}

/** Some file systems take `A.jpg` and `a.jpg` for the same. */
function key(path: string): string {
  return resolve(path).toLowerCase();
}
