export { type AddressPolicy, type Networks, parseNetworks, whyForbidden } from './address-rules.ts';
export { GotImageFetcher, type GotImageFetcherOptions } from './got-image-fetcher.ts';
