import { DeferredImageFetcher } from '../../../src/adapters/decorators/fetch-deferred/index.ts';
import { gotFetcher } from '../../support/got-fetcher.ts';
import { itIsAnImageFetcher } from './contract.ts';

itIsAnImageFetcher(
  'DeferredImageFetcher',
  (setup) => new DeferredImageFetcher({ load: () => Promise.resolve(gotFetcher(setup)) }),
);
