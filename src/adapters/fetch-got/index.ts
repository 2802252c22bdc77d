export { type Networks, parseNetworks } from './address-rules.ts';
export type { AddressPolicy } from './address-rules.ts';
export { GotImageFetcher, type GotImageFetcherOptions } from './got-image-fetcher.ts';
