import type { FetcherContext } from '../../src/adapter-kit.ts';
import type { ImageFetcher } from '../../src/ports/image-fetcher.ts';
import { itIsAnImageFetcher } from '../contract/image-fetcher/contract.ts';
import { PLAIN_FETCHER_MODULE } from '../support/examples.ts';

interface PlainFetcherModule {
  readonly default: (context: FetcherContext) => ImageFetcher;
}

const { default: openPlainFetcher } = (await import(PLAIN_FETCHER_MODULE)) as PlainFetcherModule;

itIsAnImageFetcher('docs/examples/plain-fetcher.js', openPlainFetcher);
