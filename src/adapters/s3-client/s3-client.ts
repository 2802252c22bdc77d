import type { Readable } from 'node:stream';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { readUpTo } from './read-up-to.ts';

/** Where the buckets are. */
export interface S3Store {
  readonly region: string;
  /** Of a store other than AWS's. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket is in the path and not in the host's name. */
  readonly forcePathStyle?: boolean;
}

/** An error, or what is said of an object that was stored, takes some hundred bytes of XML. */
const MAX_XML_BYTES = 64 * 1024;

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
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as Response;
        makeDateReadable(response.headers);
        const isObject = commandName === 'GetObjectCommand' && response.statusCode < 300;
        if (!isObject) await boundBody(response);
        return result;
      },
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}

/** As it has come, ahead of what the SDK makes of it. */
interface Response {
  readonly statusCode: number;
  readonly headers: Partial<Record<string, string>>;
  body: Readable | Uint8Array;
}

/**
 * The SDK refuses an answer with a date that it cannot read, as some stores write it. Here it is as HTTP has it (RFC 9110,
 * 5.6.7), and left away where nobody can tell what it means.
 */
function makeDateReadable(headers: Response['headers']): void {
  const said = headers['last-modified'];
  if (said === undefined) return;
  const unixMs = Date.parse(said);
  if (Number.isNaN(unixMs)) delete headers['last-modified'];
  else headers['last-modified'] = new Date(unixMs).toUTCString();
}

/** The SDK keeps in memory all of what it parses, however long it is. Where there is too much, the status says enough. */
async function boundBody(response: Response): Promise<void> {
  const { body } = response;
  if (body instanceof Uint8Array) return;
  response.body = (await readUpTo(MAX_XML_BYTES, body)) ?? new Uint8Array();
}
