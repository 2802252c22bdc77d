import type { AdapterKit } from '../../src/adapter-kit.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';

/** The worked example of docs/adapters.md, as its path and as what it exports. */
export const DIRECTORY_CACHE_MODULE = new URL('../../docs/examples/directory-cache.js', import.meta.url)
  .pathname;

interface DirectoryCacheModule {
  readonly DirectoryCache: new (options: {
    readonly directory: string;
    readonly kit: AdapterKit;
  }) => ThumbnailCache;
}

export const { DirectoryCache } = (await import(DIRECTORY_CACHE_MODULE)) as DirectoryCacheModule;
