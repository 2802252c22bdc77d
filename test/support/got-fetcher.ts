import { GotImageFetcher, parseNetworks } from '../../src/adapters/fetch-got/index.ts';
import type { FetcherSetup } from '../contract/image-fetcher/contract.ts';

/** A fetcher as a contract asks for. */
export function gotFetcher({
  maxRedirects,
  policy,
  userAgent,
  allowedPrivateNetworks,
}: Pick<FetcherSetup, 'maxRedirects' | 'policy' | 'userAgent' | 'allowedPrivateNetworks'>): GotImageFetcher {
  const addresses = { allowedPrivateNetworks: parseNetworks(allowedPrivateNetworks) };
  return new GotImageFetcher({ maxRedirects, policy, userAgent, addresses });
}
