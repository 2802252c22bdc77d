import { DeferredImageFetcher } from '../../../src/adapters/decorators/fetch-deferred/index.ts';
import { itIsAnImageFetcher } from './contract.ts';
import { gotFetcher } from './got-fetcher.ts';

describe('DeferredImageFetcher keeps the promises of ImageFetcher', () => {
  const fetchers: DeferredImageFetcher[] = [];

  itIsAnImageFetcher((setup) => {
    const fetcher = new DeferredImageFetcher({ load: () => Promise.resolve(gotFetcher(setup)) });
    fetchers.push(fetcher);
    return fetcher;
  });

  afterEach(async () => {
    for (const fetcher of fetchers.splice(0)) await fetcher.close();
  });
});
