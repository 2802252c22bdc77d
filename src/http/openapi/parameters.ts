import type { OptionLimits, RequestOption } from '../../domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../domain/request/options.ts';
import { DELIVERY, DELIVERY_NAMES, type DeliveryName } from '../../domain/request/delivery.ts';
import { formatChoices } from '../../domain/errors/units.ts';
import { INFO_FIELDS } from '../../domain/request/info-spec.ts';

const SIGNATURE = ['key', 'expires', 'signature'] as const;
type QueryParameter = 'url' | 'fields' | OptionName | DeliveryName | (typeof SIGNATURE)[number];

export const THUMBNAIL_PARAMETERS: readonly QueryParameter[] = [
  'url',
  ...OPTION_NAMES,
  ...DELIVERY_NAMES,
  ...SIGNATURE,
];
export const UPLOAD_PARAMETERS = THUMBNAIL_PARAMETERS.filter((name) => name !== 'url');
export const INFO_PARAMETERS: readonly QueryParameter[] = ['url', 'fields', ...SIGNATURE];
export const UPLOAD_INFO_PARAMETERS = INFO_PARAMETERS.filter((name) => name !== 'url');
export const PURGE_PARAMETERS: readonly QueryParameter[] = ['url', ...SIGNATURE];
export const SOURCE_SCHEMA = { type: 'string', format: 'uri-reference' } as const;

/** Parameter Objects by name: those of a query, then headers. */
export function parameterComponents(limits: OptionLimits): Record<string, object> {
  const query = Object.entries<Described>(queryParameters(limits)).map(([name, described]) => [
    name,
    { name, in: 'query', ...described },
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
  readonly required?: true;
  readonly description: string;
  readonly schema: object;
}

function queryParameters(limits: OptionLimits): Readonly<Record<QueryParameter, Described>> {
  return {
    url: {
      required: true,
      description: `The source: an absolute \`http:\` or \`https:\` URL, without user name and password; \`s3://bucket/key\` where the operator allows it; a path that begins with one \`/\` where the operator has said where paths lead.`,
      schema: SOURCE_SCHEMA,
    },
    ...optionParameters(limits),
    ...deliveryParameters(),
    fields: {
      description: `What the info is to say: one or several of ${formatChoices(INFO_FIELDS.map((field) => `\`${field}\``))}, separated by commas. If left out: all. No more of the source is read than they need.`,
      schema: { type: 'string', pattern: `^(${INFO_FIELDS.join('|')})(,(${INFO_FIELDS.join('|')}))*$` },
    },
    key: {
      description: 'Id of the key of a signed request. It comes together with `expires` and `signature`.',
      schema: { type: 'string' },
    },
    expires: {
      description: 'When the signature expires, in seconds since 1970.',
      schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999 },
    },
    signature: {
      description:
        'base64url of the HMAC-SHA256 of the method (`GET` for `HEAD`), a space, the path, `?` and all other parameters, sorted by name and encoded as application/x-www-form-urlencoded.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
    },
  };
}

function optionParameters(limits: OptionLimits): Record<OptionName, Described> {
  const described = OPTION_NAMES.map((name): [OptionName, Described] => {
    const option = OPTIONS[name] as RequestOption<unknown>;
    const { meaning, unsigned, default: preset } = option;
    const description =
      unsigned === undefined ? meaning : `${meaning} Without a signature: ${unsigned(limits)}.`;
    const schema = option.schema(limits);
    return [name, { description, schema: preset === undefined ? schema : { ...schema, default: preset } }];
  });
  return Object.fromEntries(described) as Record<OptionName, Described>;
}

function deliveryParameters(): Record<DeliveryName, Described> {
  const described = DELIVERY_NAMES.map((name) => {
    const { meaning: description, schema } = DELIVERY[name];
    return [name, { description, schema }];
  });
  return Object.fromEntries(described) as Record<DeliveryName, Described>;
}

const REQUEST_HEADERS = {
  'If-None-Match': {
    description: 'ETags that the client has. If one of them is still current, the answer is 304.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description:
      '`no-cache` on a signed request has the source asked first whether the image has changed, at most once per `CACHE_TTL_MIN`.',
    schema: { type: 'string' },
  },
  'X-Request-Id': {
    description: 'An id for this request, used if it is harmless in a log.',
    schema: { type: 'string', pattern: '^[\\w.:=-]{1,128}$' },
  },
} as const;
