import { lazy } from '../../../domain/work/lazy.ts';
import type { SourceUrl } from '../../../domain/request/source-url.ts';
import type {
  FetchOptions,
  ImageFetcher,
  SourceImage,
  UnchangedSource,
} from '../../../ports/image-fetcher.ts';

/** A fetcher that is loaded with the first fetch, or when it is told to: a start need not wait for its library. */
export class DeferredImageFetcher implements ImageFetcher {
  readonly #loaded: () => Promise<ImageFetcher>;

  constructor({ load }: { readonly load: () => Promise<ImageFetcher> }) {
    this.#loaded = lazy(load);
  }

  /** Resolves once it is loaded. After a failure the next fetch tries again. */
  warmUp(): Promise<unknown> {
    return this.#loaded();
  }

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceImage | UnchangedSource> {
    const fetcher = await this.#loaded();
    return fetcher.fetch(source, options);
  }

  /** Loads it, should it not be, so that it is there to refuse what is asked for later. */
  async close(): Promise<void> {
    const fetcher = await this.#loaded();
    await fetcher.close();
  }
}
