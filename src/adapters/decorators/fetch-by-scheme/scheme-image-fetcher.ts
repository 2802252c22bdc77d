import { SourceForbiddenError } from '../../../domain/errors/index.ts';
import type { SourceUrl } from '../../../domain/request/source-url.ts';
import type {
  FetchOptions,
  ImageFetcher,
  PreparedFetch,
  SourceAnswer,
} from '../../../ports/image-fetcher.ts';

/** The fetcher of each scheme, by its name as in `new URL(…).protocol`: `https:`. One may serve several. */
export type FetchersByScheme = Readonly<Partial<Record<string, ImageFetcher>>>;

/** Hands each source to the fetcher of its scheme. */
export class SchemeImageFetcher implements ImageFetcher {
  readonly #fetchers: FetchersByScheme;

  constructor(fetchers: FetchersByScheme) {
    this.#fetchers = fetchers;
  }

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceAnswer> {
    return this.#of(source).fetch(source, options);
  }

  async prepare(source: SourceUrl, options: { readonly signal: AbortSignal }): Promise<PreparedFetch> {
    const fetcher = this.#of(source);
    return fetcher.prepare?.(source, options) ?? ((fetchOptions) => fetcher.fetch(source, fetchOptions));
  }

  async close(): Promise<void> {
    const fetchers = new Set(Object.values(this.#fetchers));
    await Promise.allSettled([...fetchers].map(async (fetcher) => fetcher?.close()));
  }

  #of({ href }: SourceUrl): ImageFetcher {
    const { protocol } = new URL(href);
    const fetcher = Object.hasOwn(this.#fetchers, protocol) ? this.#fetchers[protocol] : undefined;
    if (fetcher === undefined) throw new SourceForbiddenError(`no fetcher serves ${protocol}`);
    return fetcher;
  }
}
