export { S3ImageFetcher, type S3ImageFetcherOptions } from './s3-image-fetcher.ts';
