import type { RequestField } from '../../domain/errors/index.ts';
import { FITS, OUTPUT_FORMATS } from '../../domain/image/formats.ts';
import { MAX_URL_LENGTH } from '../../domain/request/source-url.ts';

type QueryParameter = Exclude<RequestField, 'image' | 'request'>;

const REQUIRED: readonly QueryParameter[] = ['url', 'size'];
export const THUMBNAIL_PARAMETERS: readonly QueryParameter[] = [
  'url',
  'size',
  'format',
  'fit',
  'key',
  'expires',
  'signature',
];
export const UPLOAD_PARAMETERS = THUMBNAIL_PARAMETERS.filter((name) => name !== 'url');
export const PURGE_PARAMETERS: readonly QueryParameter[] = ['url', 'key', 'expires', 'signature'];
export const SOURCE_SCHEMA = { type: 'string', format: 'uri', maxLength: MAX_URL_LENGTH } as const;

/** Parameter Objects by name: those of a query, then headers. */
export function parameterComponents(sizes: readonly number[]): Record<string, object> {
  const query = Object.entries<Described>(queryParameters(sizes)).map(([name, described]) => [
    name,
    { name, in: 'query', ...(REQUIRED.includes(name as QueryParameter) && { required: true }), ...described },
  ]);
  const headers = Object.entries(REQUEST_HEADERS).map(([name, described]) => [
    name,
    { name, in: 'header', ...described },
  ]);
  return Object.fromEntries([...query, ...headers]) as Record<string, object>;
}

export function parameterRefs(names: readonly (QueryParameter | keyof typeof REQUEST_HEADERS)[]): object[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

interface Described {
  readonly description: string;
  readonly schema: object;
}

function queryParameters(sizes: readonly number[]): Readonly<Record<QueryParameter, Described>> {
  return {
    url: {
      description: 'The source: an absolute `http:` or `https:` address without user name and password.',
      schema: SOURCE_SCHEMA,
    },
    size: {
      description: `Largest dimension of the thumbnail in pixels; an image is never enlarged. Without a signature one of ${sizes.join(', ')}; with one any up to the limit that the operator sets.`,
      schema: { anyOf: [{ enum: sizes }, { type: 'integer', minimum: 1, maximum: 99_999 }] },
    },
    format: {
      description:
        '`auto` is the smallest format that Accept names: AVIF or WebP where it is named itself, else JPEG, or PNG where the image has transparent pixels.',
      schema: { enum: ['auto', ...OUTPUT_FORMATS], default: 'auto' },
    },
    fit: {
      description:
        '`inside`: the whole image within size × size. `cover`: fills size × size, cropped to the part that draws the eye.',
      schema: { enum: FITS, default: 'inside' },
    },
    key: {
      description: 'Id of the key of a signed request; together with expires and signature.',
      schema: { type: 'string' },
    },
    expires: {
      description: 'Seconds since 1970 from which the signature no longer holds.',
      schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999 },
    },
    signature: {
      description:
        'base64url of HMAC-SHA256 over the method (GET for HEAD), ` /thumbnail?`, and all other parameters, sorted by name and encoded as application/x-www-form-urlencoded.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
    },
  };
}

const REQUEST_HEADERS = {
  'If-None-Match': {
    description: 'Validators of what the client has; 304 where one of them still holds.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: '`no-cache` on a signed request has the thumbnail made anew.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'An id to use for this request, where it cannot harm a log.',
    schema: { type: 'string', pattern: '^[\\w.:=-]{1,128}$' },
  },
} as const;
