export { DeferredImageFetcher } from './deferred-image-fetcher.ts';
