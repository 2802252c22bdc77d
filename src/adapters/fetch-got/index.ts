export { type AddressPolicy, type Networks, parseNetworks, whyForbidden } from './address-rules.ts';
export type { HostNames } from './host-addresses.ts';
export { GotImageFetcher, type GotImageFetcherOptions } from './got-image-fetcher.ts';
