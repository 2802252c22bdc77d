import type { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import { ObservedImageFetcher } from '../../../src/adapters/decorators/observed/index.ts';
import { itIsAnImageFetcher } from './contract.ts';
import { gotFetcher } from './got-fetcher.ts';

describe('ObservedImageFetcher keeps the promises of ImageFetcher', () => {
  const fetchers: GotImageFetcher[] = [];

  itIsAnImageFetcher((setup) => {
    const fetcher = gotFetcher(setup);
    fetchers.push(fetcher);
    return new ObservedImageFetcher({ fetcher, observe: () => () => undefined });
  });

  afterEach(async () => {
    for (const fetcher of fetchers.splice(0)) await fetcher.close();
  });
});
