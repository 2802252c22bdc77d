/** `npm run -s sign-url -- --help` says what it does. */
import { parseArgs } from 'node:util';
import { type Format, duration, integer, oneOf } from '../src/config/formats.ts';
import { FITS, OUTPUT_FORMATS } from '../src/domain/image/formats.ts';
import { parseSigningKeys, sign } from '../src/domain/access/signature.ts';
import { parseSourceUrl } from '../src/domain/request/source-url.ts';

const HELP = `Signs the address of a thumbnail with the first key of SIGNING_KEYS, and prints it.

  SIGNING_KEYS=id:key npm run -s sign-url -- --url https://example.com/photo.jpg --size 300

  --url ADDRESS     the image, beginning with http:// or https://
  --size PIXELS     largest dimension of the thumbnail, up to MAX_THUMBNAIL_SIZE of the service
  --format FORMAT   auto (the default), ${OUTPUT_FORMATS.join(', ')}
  --fit FIT         ${FITS.join(' (the default), ')}
  --expires WHEN    how long from now, as 1h or 30d, or a time in seconds since 1970;
                    by default 30d, and 1h with --purge
  --purge           sign a DELETE instead, which forgets the image in every size and format
  --base ADDRESS    where the service is, by default http://localhost:8000
  --help            this text`;

const OPTIONS = {
  url: { type: 'string' },
  size: { type: 'string' },
  format: { type: 'string' },
  fit: { type: 'string' },
  expires: { type: 'string' },
  purge: { type: 'boolean' },
  base: { type: 'string' },
  help: { type: 'boolean' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const TEN_YEARS_MS = 3650 * 86_400_000;
const LIFETIME: Format<number> = {
  ...duration(1000, TEN_YEARS_MS),
  format: 'a time from now such as 1h or 30d, or seconds since 1970',
};

try {
  const { values: options } = parseArgs({ options: OPTIONS });
  if (options.help) console.log(HELP);
  else run(options, process.env['SIGNING_KEYS'] ?? '');
} catch (error) {
  // Of what parseArgs says, the first sentence; the others are about something else.
  const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/(?<=\.) (?=[A-Z])/);
  console.error(`sign-url: ${sentence}`);
  process.exitCode = 1;
}

function run(options: Options, keys: string): void {
  const method = options.purge ? 'DELETE' : 'GET';
  const parameters = options.purge ? purgeParameters(options) : thumbnailParameters(options);
  const expires = expiryOf(options.expires ?? (options.purge ? '1h' : '30d'));
  const base = baseOf(options.base ?? 'http://localhost:8000');
  const address = `${base}/thumbnail?${sign(method, parameters, expires, signingKeys(keys)).toString()}`;
  console.log(address);
  // The address has no character that a shell would take for a quotation mark.
  if (options.purge) console.error(`Send it as a DELETE: curl -X DELETE '${address}'`);
}

function thumbnailParameters({ url, size, format, fit }: Options): URLSearchParams {
  const parameters = new URLSearchParams({ url: sourceOf(url) });
  parameters.set('size', String(read('--size', integer(1, 16_383), size ?? '')));
  if (format !== undefined)
    parameters.set('format', read('--format', oneOf('auto', ...OUTPUT_FORMATS), format));
  if (fit !== undefined) parameters.set('fit', read('--fit', oneOf(...FITS), fit));
  return parameters;
}

function purgeParameters({ url, size, format, fit }: Options): URLSearchParams {
  if (size !== undefined || format !== undefined || fit !== undefined)
    throw new Error('--purge forgets every size and format: leave out --size, --format and --fit.');
  return new URLSearchParams({ url: sourceOf(url) });
}

function sourceOf(url: string | undefined): string {
  if (url === undefined) throw new Error('--url is missing: give the address of an image.');
  try {
    return parseSourceUrl(url).href;
  } catch (error) {
    throw new Error(`--url: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

/** Unix seconds. */
function expiryOf(text: string): number {
  const nowMs = Date.now();
  if (!/^\d+$/.test(text)) return Math.floor((nowMs + read('--expires', LIFETIME, text)) / 1000);
  const expires = read('--expires', integer(0, 999_999_999_999), text);
  if (expires * 1000 <= nowMs) throw new Error(`--expires: the time ${text} has passed.`);
  return expires;
}

/** Without a slash at its end; a path stays, for a service behind a proxy that takes it away. */
function baseOf(text: string): string {
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === url.href;
  if (!isPlain)
    throw new Error(
      `--base: expected an address such as https://thumbs.example; found ${JSON.stringify(text)}.`,
    );
  return url.href.replace(/\/+$/, '');
}

function signingKeys(text: string): ReturnType<typeof parseSigningKeys> {
  if (text === '')
    throw new Error('SIGNING_KEYS is not set: give the keys of the service, as id:key,id:key.');
  try {
    return parseSigningKeys(text);
  } catch (error) {
    throw new Error(`SIGNING_KEYS cannot be used: ${error instanceof Error ? error.message : ''}.`, {
      cause: error,
    });
  }
}

/** @throws Error with one sentence that names the option, its format and what was found */
function read<T>(option: string, { format, parse }: Format<T>, text: string): T {
  try {
    return parse(text);
  } catch (cause) {
    const found = text === '' ? 'nothing' : JSON.stringify(text);
    throw new Error(`${option}: expected ${format}; found ${found}.`, { cause });
  }
}
