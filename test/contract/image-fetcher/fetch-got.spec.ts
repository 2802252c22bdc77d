import type { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import { itIsAnImageFetcher } from './contract.ts';
import { gotFetcher } from './got-fetcher.ts';

describe('GotImageFetcher keeps the promises of ImageFetcher', () => {
  const fetchers: GotImageFetcher[] = [];

  itIsAnImageFetcher((setup) => {
    const fetcher = gotFetcher(setup);
    fetchers.push(fetcher);
    return fetcher;
  });

  afterEach(async () => {
    for (const fetcher of fetchers.splice(0)) await fetcher.close();
  });
});
