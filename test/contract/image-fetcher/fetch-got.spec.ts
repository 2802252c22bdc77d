import { GotImageFetcher, parseNetworks } from '../../../src/adapters/fetch-got/index.ts';
import { localNames } from '../../support/names.ts';
import { itIsAnImageFetcher } from './contract.ts';

itIsAnImageFetcher(
  'GotImageFetcher',
  ({ allowedPrivateNetworks, ...setup }) =>
    new GotImageFetcher({
      ...setup,
      addresses: { allowedPrivateNetworks: parseNetworks(allowedPrivateNetworks) },
      names: localNames(),
    }),
);
