import { InvalidRequestError } from '../errors/index.ts';
import { pathWithinFolder } from './folder-path.ts';

/** An object of a store that speaks S3. */
export interface S3Address {
  readonly bucket: string;
  readonly key: string;
  /** The address in the one spelling that all its equivalents share. */
  readonly href: string;
}

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i;

/**
 * Parses `s3://bucket/key`, its key percent-encoded as the path of any URL; it may be empty for a prefix of addresses.
 *
 * @throws InvalidRequestError where it is none
 */
export function parseS3Address(text: string): S3Address {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? [];
  if (!BUCKET.test(bucket)) {
    throw new InvalidRequestError(
      'url',
      "This isn't the address of an object in S3. Write it as s3://bucket/key.",
    );
  }
  const { decoded: key, encoded } = pathWithinFolder(path);
  return { bucket, key, href: `s3://${bucket}/${encoded}` };
}
