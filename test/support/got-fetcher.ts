import { GotImageFetcher, type HostNames, parseNetworks } from '../../src/adapters/fetch-got/index.ts';
import type { FetcherSetup } from '../contract/image-fetcher/contract.ts';
import { localNames } from './names.ts';

interface Setup extends Pick<
  FetcherSetup,
  'maxRedirects' | 'policy' | 'userAgent' | 'allowedPrivateNetworks'
> {
  readonly names?: HostNames;
}

/** A fetcher as a contract asks for. */
export function gotFetcher({
  maxRedirects,
  policy,
  userAgent,
  allowedPrivateNetworks,
  names = localNames(),
}: Setup): GotImageFetcher {
  const addresses = { allowedPrivateNetworks: parseNetworks(allowedPrivateNetworks) };
  return new GotImageFetcher({ maxRedirects, policy, userAgent, addresses, names });
}
