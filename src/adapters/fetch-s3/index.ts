export { S3ImageFetcher } from './s3-image-fetcher.ts';
