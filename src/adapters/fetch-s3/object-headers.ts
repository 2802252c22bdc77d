import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

type Headers = Readonly<Partial<Record<string, string>>>;

/** What the object's metadata say, as the header fields that they came in. */
export function headersOf(object: GetObjectCommandOutput): Headers {
  return present({
    etag: object.ETag,
    'last-modified': object.LastModified?.toUTCString(),
    'content-length': object.ContentLength?.toString(),
    'content-range': object.ContentRange,
    'content-type': object.ContentType,
    'content-encoding': object.ContentEncoding,
    'cache-control': object.CacheControl,
    expires: object.ExpiresString,
  });
}

/** The SDK throws every answer from 300 on; what counts of it is in its header fields. */
export function headersIn(error: unknown): Headers {
  const { $response } = error as { readonly $response?: { readonly headers?: Headers } };
  const {
    etag,
    'last-modified': lastModified,
    'cache-control': cacheControl,
    expires,
  } = $response?.headers ?? {};
  return present({
    etag,
    'last-modified': lastModified,
    'cache-control': cacheControl,
    expires,
    'retry-after': $response?.headers?.['retry-after'],
  });
}

function present(fields: Partial<Record<string, string | undefined>>): Headers {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set);
}
