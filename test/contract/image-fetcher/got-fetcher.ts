import { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import type { FetcherSetup } from './contract.ts';

/** A fetcher with the limits that a contract asks for; it reaches public addresses alone. */
export function gotFetcher({ allowedHosts, ...limits }: FetcherSetup): GotImageFetcher {
  return new GotImageFetcher({
    ...limits,
    policy: {
      allowedPorts: [80, 443].map((port) => ({ from: port, to: port })),
      allowedHosts,
      isOwnAddress: () => false,
    },
    addresses: { allowedPrivateNetworks: [] },
    userAgent: 'thumbnailer/test',
  });
}
