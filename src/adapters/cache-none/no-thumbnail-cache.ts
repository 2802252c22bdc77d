import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';

/** Keeps nothing: every `get` is a miss. */
export class NoThumbnailCache implements ThumbnailCache {
  readonly description = 'none';

  get(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  set(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
