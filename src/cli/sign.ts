import { type Format, duration, integer } from '../config/formats.ts';
import { parseSigningKeys, sign } from '../domain/access/signature.ts';
import { INFO_FIELDS, parseInfoFields } from '../domain/request/info-spec.ts';
import { parseSourceUrl } from '../domain/request/source-url.ts';
import { type Command, type CommandInput, type Flag, UsageError, textOf } from './command.ts';
import { DELIVERY_FLAGS, OPTION_FLAGS, deliveryTexts, named, optionTexts } from './option-flags.ts';
import { print } from './output.ts';

export const URL_FLAG: Flag = {
  name: 'url',
  value: 'URL',
  meaning:
    'The image, starting with http://, https:// or s3://; or a path such as /a/b.jpg, for a service with SOURCE_BASE.',
};
export const BASE_FLAG: Flag = {
  name: 'base',
  value: 'URL',
  meaning: 'Where the service is, with its BASE_PATH. Default: http://localhost:8000.',
};
export const EXPIRES_FLAG: Flag = {
  name: 'expires',
  value: 'WHEN',
  meaning: 'A time from now, such as 1h or 30d, or seconds since 1970. Default: 30d.',
};
const PURGE_FLAG: Flag = {
  name: 'purge',
  meaning: 'Sign a DELETE instead, which removes the image in every size and format.',
};
const INFO_FLAG: Flag = {
  name: 'info',
  meaning: 'Sign a request for /info instead, which says what is known of the image.',
};
const FIELDS_FLAG: Flag = {
  name: 'fields',
  value: 'format,width,height',
  meaning: `With --info: which fields are wanted, of ${INFO_FIELDS.join(', ')}. If left out: all of them.`,
};

/** `thumbnailer sign` */
export const signCommand: Command = {
  description:
    'Signs the URL of a thumbnail, an info or a purge with the first key of SIGNING_KEYS, and prints it.',
  usage: '--url https://example.com/photo.jpg --size 300',
  flags: [
    URL_FLAG,
    ...OPTION_FLAGS,
    ...DELIVERY_FLAGS,
    { ...EXPIRES_FLAG, meaning: `${EXPIRES_FLAG.meaning} With --purge: 1h.` },
    INFO_FLAG,
    FIELDS_FLAG,
    PURGE_FLAG,
    BASE_FLAG,
  ],
  run: (input) => {
    const isPurge = input.options['purge'] === true;
    const isInfo = input.options['info'] === true;
    if (isPurge && isInfo) throw new UsageError('--purge and --info are two requests: sign one at a time.');
    if (!isInfo && 'fields' in input.options) throw new UsageError('--fields goes with --info.');
    const url = isPurge ? purgeUrl(input) : isInfo ? infoUrl(input) : thumbnailUrl(input);
    print(url);
    // The URL has no character that a shell would take for a quotation mark.
    if (isPurge) process.stderr.write(`Send it as a DELETE: curl -X DELETE '${url}'\n`);
    return Promise.resolve(0);
  },
};

function thumbnailUrl(input: CommandInput): string {
  const url = sourceOf(input);
  return signedThumbnail(input, { url, ...optionTexts(input), ...deliveryTexts(input) });
}

/** The URL of a thumbnail with these parameters. */
export function signedThumbnail(input: CommandInput, parameters: Readonly<Record<string, string>>): string {
  return signedUrl(input, 'GET /thumbnail', parameters, '30d');
}

/** The URL that a `DELETE` purges a source by. @throws UsageError */
export function purgeUrl(input: CommandInput): string {
  const url = sourceOf(input);
  refuseOptions(input, '--purge removes every size and format');
  return signedUrl(input, 'DELETE /thumbnail', { url }, '1h');
}

function infoUrl(input: CommandInput): string {
  const url = sourceOf(input);
  refuseOptions(input, '--info is of the image itself');
  const fields = textOf(input, 'fields');
  if (fields === undefined) return signedUrl(input, 'GET /info', { url }, '30d');
  named('--fields', () => parseInfoFields(fields));
  return signedUrl(input, 'GET /info', { url, fields }, '30d');
}

/** @throws UsageError where there are options of a thumbnail */
function refuseOptions(input: CommandInput, why: string): void {
  const [surplus] = [...OPTION_FLAGS, ...DELIVERY_FLAGS].filter(({ name }) => name in input.options);
  if (surplus !== undefined) throw new UsageError(`${why}: leave out --${surplus.name}.`);
}

function signedUrl(
  input: CommandInput,
  operation: 'GET /thumbnail' | 'GET /info' | 'DELETE /thumbnail',
  parameters: Readonly<Record<string, string>>,
  lifetime: string,
): string {
  const expires = expiryOf(textOf(input, 'expires') ?? lifetime);
  const base = baseOf(input);
  const keys = signingKeys(input.environment['SIGNING_KEYS'] ?? '');
  const [, path] = operation.split(' ');
  return `${base}${path}?${sign(operation, new URLSearchParams(parameters), expires, keys).toString()}`;
}

function sourceOf(input: CommandInput): string {
  const url = textOf(input, 'url');
  if (url === undefined) throw new UsageError('--url is missing: give the URL of an image.');
  // Where a path leads is for the service to say, and how long a URL may be.
  if (url.startsWith('/') && !url.startsWith('//')) return url;
  return named('--url', () => parseSourceUrl(url, { maxLength: Infinity }).asked);
}

/** Unix seconds. */
function expiryOf(text: string): number {
  const nowMs = Date.now();
  if (!/^\d+$/.test(text)) return Math.floor((nowMs + read('--expires', LIFETIME, text)) / 1000);
  const expires = read('--expires', integer(0, 999_999_999_999), text);
  if (expires * 1000 <= nowMs) throw new UsageError(`--expires: the time ${text} has passed.`);
  return expires;
}

const TEN_YEARS_MS = 3650 * 86_400_000;
const LIFETIME: Format<number> = {
  ...duration(1000, TEN_YEARS_MS),
  format: 'a time from now such as 1h or 30d, or seconds since 1970',
};

/** Without a slash at its end; a path stays, for a service with BASE_PATH or behind a proxy that takes it away. */
export function baseOf(input: CommandInput): string {
  const text = textOf(input, 'base') ?? 'http://localhost:8000';
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === url.href;
  if (isPlain) return url.href.replace(/\/+$/, '');
  throw new UsageError(
    `--base: expected a URL such as https://thumbs.example; found ${JSON.stringify(text)}.`,
  );
}

function signingKeys(text: string): ReturnType<typeof parseSigningKeys> {
  if (text === '')
    throw new UsageError('SIGNING_KEYS is not set: give the keys of the service, as id:key,id:key.');
  try {
    return parseSigningKeys(text);
  } catch (error) {
    throw new UsageError(`SIGNING_KEYS cannot be used: ${error instanceof Error ? error.message : ''}.`, {
      cause: error,
    });
  }
}

/** @throws UsageError that names the option, its format and what was found */
function read<T>(option: string, { format, parse }: Format<T>, text: string): T {
  try {
    return parse(text);
  } catch (cause) {
    const found = text === '' ? 'nothing' : JSON.stringify(text);
    throw new UsageError(`${option}: expected ${format}; found ${found}.`, { cause });
  }
}
