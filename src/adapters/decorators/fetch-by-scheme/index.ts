export { SchemeImageFetcher } from './scheme-image-fetcher.ts';
