import { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import { ObservedImageFetcher } from '../../../src/adapters/observed/index.ts';
import { itIsAnImageFetcher } from './contract.ts';

describe('ObservedImageFetcher keeps the promises of ImageFetcher', () => {
  const fetchers: GotImageFetcher[] = [];

  itIsAnImageFetcher(({ allowedHosts, ...limits }) => {
    const fetcher = new GotImageFetcher({
      ...limits,
      timeoutMs: 10_000,
      policy: {
        allowedPorts: [80, 443].map((port) => ({ from: port, to: port })),
        allowedHosts,
        isOwnAddress: () => false,
      },
      addresses: { allowedPrivateNetworks: [] },
      userAgent: 'thumbnailer/test',
    });
    fetchers.push(fetcher);
    return new ObservedImageFetcher({ fetcher, observe: () => () => undefined });
  });

  afterEach(async () => {
    for (const fetcher of fetchers.splice(0)) await fetcher.close();
  });
});
