import { parseArgs } from 'node:util';

export const HELP = `Browsers fill in the form of a thumbnail service, and what they saw is measured.

  npm run benchmark:browser -- [options]

  --browsers N    how many browsers, each a process of its own: 10 unless given
  --forms N       how many forms they fill in, all together: 100 unless given
  --urls FILE     addresses of images to draw from, one a line; pictures of its own unless given
  --seed N        makes the draw repeatable; another one each time unless given
  --output FILE   where the measurements go: results.json unless given
  --report FILE   where the report goes: results.html unless given
  --from FILE     measures nothing: makes the report anew from such measurements
  --chromium FILE the browser's program; CHROMIUM_PATH, or where it usually is, unless given
  --help          this

TEST_URL is the address of the service; it starts one of its own unless that is set.
`;

/** Something about how it was called, or where, that a person has to change; the message is for them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Options {
  readonly browsers: number;
  readonly forms: number;
  readonly seed: number;
  readonly output: string;
  readonly report: string;
  readonly urls?: string;
  readonly from?: string;
  readonly chromium?: string;
  /** The service to measure; none: one is started. */
  readonly testUrl?: URL;
}

/** @returns `help` where that is all that was asked for */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const chromium = values.chromium ?? environment['CHROMIUM_PATH'];
  const testUrl = environment['TEST_URL'];
  if (testUrl && values.urls === undefined && values.from === undefined) {
    throw new UsageError(
      'a service at TEST_URL cannot reach the pictures that are served here: name others with --urls FILE.',
    );
  }
  return {
    browsers: wholeNumber('--browsers', values.browsers, 1, 100),
    forms: wholeNumber('--forms', values.forms, 1, 10_000),
    seed: values.seed === undefined ? anySeed() : wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1),
    output: values.output,
    report: values.report,
    ...(values.urls !== undefined && { urls: values.urls }),
    ...(values.from !== undefined && { from: values.from }),
    ...(chromium && { chromium }),
    ...(testUrl && { testUrl: webAddress(testUrl) }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        browsers: { type: 'string', default: '10' },
        forms: { type: 'string', default: '100' },
        seed: { type: 'string' },
        output: { type: 'string', default: 'results.json' },
        report: { type: 'string', default: 'results.html' },
        urls: { type: 'string' },
        from: { type: 'string' },
        chromium: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option}: expected a whole number from ${least} to ${most}; found "${text}".`);
}

function webAddress(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new UsageError(`TEST_URL: expected an address such as https://thumbs.example; found "${text}".`);
}

/** Short, so that it is easily typed again. */
function anySeed(): number {
  return Math.floor(Math.random() * 10_000);
}
