import { SchemeImageFetcher } from '../../../src/adapters/decorators/fetch-by-scheme/index.ts';
import { gotFetcher } from '../../support/got-fetcher.ts';
import { itIsAnImageFetcher } from './contract.ts';

itIsAnImageFetcher('SchemeImageFetcher', (setup) => new SchemeImageFetcher({ 'http:': gotFetcher(setup) }));
