import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SchemeImageFetcher } from '../adapters/decorators/fetch-by-scheme/index.ts';
import { type Config, ConfigError } from '../config/config.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';

/** The fetcher of all schemes that the configuration names, of which the web's is one. */
export async function withStores(web: ImageFetcher, { sources }: Config): Promise<ImageFetcher> {
  const { base } = sources;
  if (base?.startsWith('file:') !== true) return web;
  return new SchemeImageFetcher({ 'http:': web, 'https:': web, 'file:': await folderFetcher(base) });
}

async function folderFetcher(base: string): Promise<ImageFetcher> {
  const { FolderImageFetcher } = await import('../adapters/fetch-folder/index.ts');
  const folder = fileURLToPath(base);
  // Looked at once, so that a slip ends the start and not each request.
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ConfigError([`SOURCE_BASE: there is no folder ${folder}`]);
  }
  return new FolderImageFetcher({ folder });
}
