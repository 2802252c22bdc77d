import { parseArgs } from 'node:util';

export const HELP = `Browsers fill in the form of a thumbnail service, and what they saw is measured.

  npm run benchmark:browser -- [options]

  --browsers N    how many browsers, each a process of its own (10)
  --forms N       how many forms they fill in, all together (100)
  --urls FILE     addresses of images to draw from, one a line, instead of images of its own, or of the samples of the
                  service at TEST_URL
  --seed N        makes the draw repeatable
  --output FILE   where the measurements go (results.json)
  --report FILE   where the report goes (results.html)
  --from FILE     measures nothing: makes the report again from such measurements
  --chromium FILE the browser's program; CHROMIUM_PATH, or where it usually is, unless given
  --help          this

TEST_URL is the address of the service; it starts one of its own unless that is set.
`;

/** Something about how it was called, or where, that a person has to change; the message is for them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Options = Exclude<ReturnType<typeof parseOptions>, 'help'>;

/** @returns `help` where that is all that was asked for */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const { browsers, forms, seed, help, ...values } = parse(args);
  if (help) return 'help';
  const testUrl = environment['TEST_URL'];
  return {
    ...values,
    browsers: wholeNumber('--browsers', browsers, 1, 100),
    forms: wholeNumber('--forms', forms, 1, 10_000),
    // Short, so that it is easily typed again.
    seed: wholeNumber('--seed', seed ?? String(Math.floor(Math.random() * 10_000)), 0, 2 ** 32 - 1),
    chromium: values.chromium ?? environment['CHROMIUM_PATH'],
    /** The service to measure; undefined: one is started. */
    testUrl: testUrl ? webAddress(testUrl) : undefined,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
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
    }).values;
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
