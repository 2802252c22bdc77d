import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Where the buckets are. */
export interface S3Store {
  readonly region: string;
  /** Of a store other than AWS's. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket is in the path and not in the host's name. */
  readonly forcePathStyle?: boolean;
}

/** A client of S3, or of a store that speaks it, with the credentials that AWS's own variables and roles give. */
export function createS3Client(
  { region, endpoint, forcePathStyle = false }: S3Store,
  config: Pick<S3ClientConfig, 'followRegionRedirects' | 'maxAttempts' | 'requestHandler'>,
): S3Client {
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    // Checksums would be compared at the end of a body, which many downloads do not reach; other stores know none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...config,
  });
  // The SDK refuses an answer with a date that it cannot read, as some stores write it.
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      makeDateReadable((result.response as { readonly headers: Headers }).headers);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

type Headers = Partial<Record<string, string>>;

/** As HTTP has it (RFC 9110, 5.6.7); it is left away where nobody can tell what it means. */
function makeDateReadable(headers: Headers): void {
  const said = headers['last-modified'];
  if (said === undefined) return;
  const unixMs = Date.parse(said);
  if (Number.isNaN(unixMs)) delete headers['last-modified'];
  else headers['last-modified'] = new Date(unixMs).toUTCString();
}
