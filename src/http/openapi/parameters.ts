import type { OptionLimits, RequestOption } from '../../domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../domain/request/options.ts';
import { DELIVERY, DELIVERY_NAMES, type DeliveryName } from '../../domain/request/delivery.ts';
import { formatChoices } from '../../domain/errors/units.ts';
import { INFO_FIELDS } from '../../domain/request/info-spec.ts';
import { SIGNATURE_PARAMETERS } from '../thumbnail/thumbnail-query.ts';

/** The same where a request has to be signed. */
const REQUIRED_SIGNATURE = ['required-key', 'required-expires', 'required-signature'] as const;
type QueryParameter = 'url' | 'fields' | OptionName | DeliveryName | (typeof SIGNATURE_PARAMETERS)[number];

export const THUMBNAIL_PARAMETERS: readonly QueryParameter[] = [
  'url',
  ...OPTION_NAMES,
  ...DELIVERY_NAMES,
  ...SIGNATURE_PARAMETERS,
];
export const UPLOAD_PARAMETERS = THUMBNAIL_PARAMETERS.filter((name) => name !== 'url');
export const INFO_PARAMETERS: readonly QueryParameter[] = ['url', 'fields', ...SIGNATURE_PARAMETERS];
export const UPLOAD_INFO_PARAMETERS = INFO_PARAMETERS.filter((name) => name !== 'url');
export const PURGE_PARAMETERS = ['url', ...REQUIRED_SIGNATURE] as const;
export const SOURCE_SCHEMA = { type: 'string', format: 'uri-reference' } as const;

/** Parameter Objects by name: those of a query, then headers. */
export function parameterComponents(limits: OptionLimits): Record<string, object> {
  const parameters = queryParameters(limits);
  const query = Object.entries<Described>(parameters).map(([name, described]) => [
    name,
    { name, in: 'query', ...described },
  ]);
  const signature = SIGNATURE_PARAMETERS.map((name) => [
    `required-${name}`,
    { name, in: 'query', required: true, ...parameters[name] },
  ]);
  const headers = Object.entries(REQUEST_HEADERS).map(([name, described]) => [
    name,
    { name, in: 'header', ...described },
  ]);
  return Object.fromEntries([...query, ...signature, ...headers]) as Record<string, object>;
}

type ParameterName = QueryParameter | (typeof REQUIRED_SIGNATURE)[number] | keyof typeof REQUEST_HEADERS;

export function parameterRefs(names: readonly ParameterName[]): object[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

interface Described {
  readonly required?: true;
  readonly description: string;
  readonly schema: object;
  readonly example?: unknown;
}

function queryParameters(limits: OptionLimits): Readonly<Record<QueryParameter, Described>> {
  return {
    url: {
      required: true,
      description: `The source: an absolute \`http:\` or \`https:\` URL without a user name or password. If the operator allows it, also \`s3://bucket/key\`, or a path that starts with a single \`/\`.`,
      schema: SOURCE_SCHEMA,
      example: 'https://example.com/photo.jpg',
    },
    ...optionParameters(limits),
    ...deliveryParameters(),
    fields: {
      description: `What the info is to say: one or several of ${formatChoices(INFO_FIELDS.map((field) => `\`${field}\``))}, separated by commas. If left out: all. No more of the source is read than they need.`,
      schema: { type: 'string', pattern: `^(${INFO_FIELDS.join('|')})(,(${INFO_FIELDS.join('|')}))*$` },
      example: 'width,height,color',
    },
    key: {
      description: 'Id of the key of a signed request. It comes together with `expires` and `signature`.',
      schema: { type: 'string' },
      example: '2026',
    },
    expires: {
      description: 'When the signature expires, in seconds since 1970.',
      schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999 },
      example: 1_900_000_000,
    },
    signature: {
      description:
        'base64url of the HMAC-SHA256 of the method (`GET` for `HEAD`), a space, the path, `?` and all other parameters, sorted by name and encoded as application/x-www-form-urlencoded.',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
      example: 'dv0SNMeOk0JMi7KOm5gvYK3hCgw_0lj3URb5uWq_Bgg',
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
    // In a URL, all is text.
    const byDefault = typeof preset === 'boolean' ? String(preset) : preset;
    return [
      name,
      {
        description,
        schema: preset === undefined ? schema : { ...schema, default: byDefault },
        // The names of presets are the operator's.
        example: name === 'preset' ? [...limits.presets.keys(), option.example][0] : exampleOf(option),
      },
    ];
  });
  return Object.fromEntries(described) as Record<OptionName, Described>;
}

/** As the schema has it: a number, or text. */
function exampleOf({ example, parse }: RequestOption<unknown>): unknown {
  const value = parse(example);
  return typeof value === 'number' ? value : example;
}

function deliveryParameters(): Record<DeliveryName, Described> {
  const described = DELIVERY_NAMES.map((name) => {
    const { meaning: description, schema, example } = DELIVERY[name];
    return [name, { description, schema, example }];
  });
  return Object.fromEntries(described) as Record<DeliveryName, Described>;
}

const REQUEST_HEADERS = {
  'If-None-Match': {
    description: 'ETags that the client has. If one of them is still current, the answer is 304.',
    schema: { type: 'string' },
    example: '"GvtLkpV7Yc9tqgs0mXEf0Q"',
  },
  'Cache-Control': {
    description:
      '`no-cache` on a signed request has the source asked first whether the image has changed, at most once per `CACHE_TTL_MIN`.',
    schema: { type: 'string' },
    example: 'no-cache',
  },
  'X-Request-Id': {
    description: 'An id for this request, used if it is harmless in a log.',
    schema: { type: 'string', pattern: '^[\\w.:=-]{1,128}$' },
    example: '0fb1f7ec-aa33-490b-aaf2-128a84ee558b',
  },
} as const;
