import { OverloadedError } from '../../../domain/errors/index.ts';
import type { SourceUrl } from '../../../domain/request/source-url.ts';
import { lazy } from '../../../domain/work/lazy.ts';
import type {
  FetchOptions,
  ImageFetcher,
  PrepareOptions,
  PreparedFetch,
  SourceAnswer,
} from '../../../ports/image-fetcher.ts';

/** A fetcher that is loaded with the first fetch, or when it is told to: a start need not wait for its library. */
export class DeferredImageFetcher implements ImageFetcher {
  readonly #loaded: () => Promise<ImageFetcher>;
  #fetcher: ImageFetcher | undefined;
  #closed = false;

  constructor({ load }: { readonly load: () => Promise<ImageFetcher> }) {
    this.#loaded = lazy(async () => (this.#fetcher = await load()));
  }

  /** Resolves once it is loaded. After a failure the next fetch tries again. */
  warmUp(): Promise<unknown> {
    return this.#loaded();
  }

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceAnswer> {
    return (await this.#ready()).fetch(source, options);
  }

  async prepare(source: SourceUrl, options: PrepareOptions): Promise<PreparedFetch> {
    const fetcher = await this.#ready();
    return fetcher.prepare?.(source, options) ?? ((fetchOptions) => fetcher.fetch(source, fetchOptions));
  }

  /** Loads nothing that was not needed before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#fetcher?.close();
  }

  async #ready(): Promise<ImageFetcher> {
    this.#refuseWhenClosed();
    const fetcher = await this.#loaded();
    this.#refuseWhenClosed();
    return fetcher;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new OverloadedError();
  }
}
