import type { SourceUrl } from '../../../domain/request/source-url.ts';
import type {
  FetchOptions,
  ImageFetcher,
  SourceImage,
  UnchangedSource,
} from '../../../ports/image-fetcher.ts';
import type { OperationObserver, Outcome } from '../../../ports/operation-observer.ts';
import { observed } from './observed.ts';

/** Tells an observer of each download, and changes nothing. */
export class ObservedImageFetcher implements ImageFetcher {
  readonly #fetcher: ImageFetcher;
  readonly #observe: OperationObserver;

  constructor({ fetcher, observe }: { readonly fetcher: ImageFetcher; readonly observe: OperationObserver }) {
    this.#fetcher = fetcher;
    this.#observe = observe;
  }

  fetch(source: SourceUrl, options: FetchOptions): Promise<SourceImage | UnchangedSource> {
    return observed(
      this.#observe,
      { name: 'fetch', host: source.host },
      () => this.#fetcher.fetch(source, options),
      outcomeOf,
    );
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }
}

function outcomeOf(source: SourceImage | UnchangedSource): Outcome {
  if (source.bytes === undefined || !source.isPrefix) return {};
  return { savedBytes: (source.wholeBytes ?? source.receivedBytes) - source.receivedBytes };
}
