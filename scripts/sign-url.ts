/** `npm run -s sign-url -- --help` says what it does. */
import { parseArgs } from 'node:util';
import { type Format, duration, integer } from '../src/config/formats.ts';
import { parseSigningKeys, sign } from '../src/domain/access/signature.ts';
import { InvalidRequestError } from '../src/domain/errors/index.ts';
import type { OptionLimits, RequestOption } from '../src/domain/request/option.ts';
import { OPTIONS, OPTION_NAMES } from '../src/domain/request/options.ts';
import { type OptionTexts, parseOptions } from '../src/domain/request/request-options.ts';
import { DELIVERY, DELIVERY_NAMES } from '../src/domain/request/delivery.ts';
import { parseSourceUrl } from '../src/domain/request/source-url.ts';

/** Every option of a thumbnail is a flag, by the table that the service itself goes by. */
const OPTION_ROWS = OPTION_NAMES.map((name) => ({
  name,
  row: OPTIONS[name] as RequestOption<number | string | undefined>,
}));

/** These say how it is handed over. */
const DELIVERY_ROWS = DELIVERY_NAMES.map((name) => ({ name, row: DELIVERY[name] }));

const FLAGS: readonly { readonly name: string; readonly value?: string; readonly meaning: string }[] = [
  { name: 'url', value: 'URL', meaning: 'The image, starting with http:// or https://.' },
  ...OPTION_ROWS.map(({ name, row }) => ({
    name,
    value: name.toUpperCase(),
    meaning: row.meaning.replaceAll('`', '') + (row.default === undefined ? '' : ` Default: ${row.default}.`),
  })),
  ...DELIVERY_ROWS.map(({ name, row }) => ({
    name,
    value: row.example,
    meaning: row.meaning.replaceAll('`', ''),
  })),
  {
    name: 'expires',
    value: 'WHEN',
    meaning: 'A time from now, such as 1h or 30d, or seconds since 1970. Default: 30d, and 1h with --purge.',
  },
  { name: 'purge', meaning: 'Sign a DELETE instead, which removes the image in every size and format.' },
  { name: 'base', value: 'URL', meaning: 'Where the service is. Default: http://localhost:8000.' },
  { name: 'help', meaning: 'This text.' },
];

const HELP = `Signs the URL of a thumbnail with the first key of SIGNING_KEYS, and prints it.

  SIGNING_KEYS=id:key npm run -s sign-url -- --url https://example.com/photo.jpg --size 300

${FLAGS.map(({ name, value = '', meaning }) => `  ${`--${name} ${value}`.padEnd(18)}${wrapped(meaning, 70, 20)}`).join('\n')}`;

/** What may be asked for is for the service to say. */
const UNKNOWN_LIMITS: OptionLimits = {
  openSizes: [],
  openQualities: [],
  maxSignedSize: Infinity,
  presets: new Map(),
};

type Options = Partial<Record<string, string | boolean>>;

const TEN_YEARS_MS = 3650 * 86_400_000;
const LIFETIME: Format<number> = {
  ...duration(1000, TEN_YEARS_MS),
  format: 'a time from now such as 1h or 30d, or seconds since 1970',
};

try {
  const flags = FLAGS.map(({ name, value }) => [name, { type: value === undefined ? 'boolean' : 'string' }]);
  const { values: options } = parseArgs({
    options: Object.fromEntries(flags) as Record<string, { type: 'boolean' | 'string' }>,
  }) as { values: Options };
  if (options['help'] === true) console.log(HELP);
  else run(options, process.env['SIGNING_KEYS'] ?? '');
} catch (error) {
  // Of what parseArgs says, the first sentence; the others are about something else.
  const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/(?<=\.) (?=[A-Z])/);
  console.error(`sign-url: ${sentence}`);
  process.exitCode = 1;
}

function run(options: Options, keys: string): void {
  const isPurge = options['purge'] === true;
  const operation = isPurge ? 'DELETE /thumbnail' : 'GET /thumbnail';
  const parameters = new URLSearchParams({
    url: sourceOf(textOf(options, 'url')),
    ...thumbnailOptions(options),
  });
  const expires = expiryOf(textOf(options, 'expires') ?? (isPurge ? '1h' : '30d'));
  const base = baseOf(textOf(options, 'base') ?? 'http://localhost:8000');
  const url = `${base}/thumbnail?${sign(operation, parameters, expires, signingKeys(keys)).toString()}`;
  console.log(url);
  // The URL has no character that a shell would take for a quotation mark.
  if (isPurge) console.error(`Send it as a DELETE: curl -X DELETE '${url}'`);
}

/** The options of the thumbnail, as they were given; a purge has none. */
function thumbnailOptions(options: Options): Record<string, string> {
  const given = [...OPTION_ROWS, ...DELIVERY_ROWS].flatMap(({ name, row }) => {
    const text = textOf(options, name);
    return text === undefined ? [] : [{ name, row, text }];
  });
  const [first] = given;
  if (options['purge'] === true) {
    if (first === undefined) return {};
    throw new Error(`--purge removes every size and format: leave out --${first.name}.`);
  }
  for (const { name, row, text } of given) named(`--${name}`, () => row.parse(text));
  const texts: OptionTexts = Object.fromEntries(given.map(({ name, text }) => [name, text]));
  // What a preset stands for is for the service to say.
  if (texts.preset !== undefined) return texts;
  const sides = (['size', 'width', 'height'] as const).filter((name) => texts[name] !== undefined);
  if (sides.length === 0)
    throw new Error('--size is missing, such as --size 128, or --width, --height or --preset.');
  // How large a size the service allows is for the service to say.
  named('--size', () => parseOptions(texts, UNKNOWN_LIMITS));
  return texts;
}

function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function sourceOf(url: string | undefined): string {
  if (url === undefined) throw new Error('--url is missing: give the URL of an image.');
  return named('--url', () => parseSourceUrl(url).href);
}

/** @throws Error that names the flag, where the service would refuse its value */
function named<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new Error(`${flag}: ${error.message}`, { cause: error });
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

/** Without a slash at its end; a path stays, for a service with BASE_PATH or behind a proxy that takes it away. */
function baseOf(text: string): string {
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === url.href;
  if (!isPlain)
    throw new Error(`--base: expected a URL such as https://thumbs.example; found ${JSON.stringify(text)}.`);
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

/** As lines of at most `width` characters, all but the first indented. */
function wrapped(text: string, width: number, indent: number): string {
  return text.replaceAll(new RegExp(`(.{1,${width}})(?: |$)`, 'g'), `$1\n${' '.repeat(indent)}`).trimEnd();
}
