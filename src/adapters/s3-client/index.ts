export { readUpTo } from './read-up-to.ts';
export { type S3Store, createS3Client } from './s3-client.ts';
