import { parseArgs } from 'node:util';

/** In the order in which they run. `memory` is last: it says what all processes before it have held, too. */
export const PARTS = [
  'start',
  'misses',
  'server',
  'hits',
  'page',
  'overload',
  'connections',
  'decoders',
  'curves',
  'memory',
] as const;
export type PartName = (typeof PARTS)[number];

export type Options = Exclude<ReturnType<typeof readOptions>, undefined>;

export const HELP = `Measures requests beside the floors below which no service can get, and prints ratios.

  npm run benchmark -- [options]

  --only PARTS             ${PARTS.join(', ')}; several separated by commas
  --quick                  for a first look: fewer rounds, shorter ones
  --rounds N               how often floor and service take turns (3, and 5 for hits; 2 and 3 with --quick)
  --output FILE            where the figures go as JSON (benchmark.json)
  --against FILE           compare the ratios with those of a saved run
  --sources DIR            your own images instead of those that are made
  --urls FILE              sources on the web instead, one address a line; for a deployment
  --origin-delay TIME      the origin waits so long before each answer, as 50ms
  --origin-bandwidth RATE  and sends no faster than this on each connection, as 20Mbit
  --seed N                 of the order of requests (1)
  --set NAME=VALUE         a setting of the service that is started; may be given several times
  --help

TEST_URL=https://… measures a deployment. What needs the server on this machine is then left out.
`;

/** @throws Error that says what is wrong with the arguments; undefined where only help was wanted */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      output: { type: 'string', default: 'benchmark.json' },
      against: { type: 'string' },
      sources: { type: 'string' },
      urls: { type: 'string' },
      'origin-delay': { type: 'string', default: '0ms' },
      'origin-bandwidth': { type: 'string' },
      seed: { type: 'string', default: '1' },
      set: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, output, against, sources, urls, only, rounds, set } = values;
  const bandwidth = values['origin-bandwidth'];
  return {
    ...{ quick, output, against, sources, urls },
    only: only === undefined ? PARTS : only.split(',').map(partOf),
    /** Whether the parts were named, so that none is left out for being unkind to a deployment. */
    named: only !== undefined,
    rounds: rounds === undefined ? undefined : quantity('--rounds', rounds, { '': 1 }, '3'),
    pace: {
      delayMs: quantity('--origin-delay', values['origin-delay'], { ms: 1, s: 1000 }, '50ms', 0),
      /** On each connection; undefined is as fast as it goes. */
      bytesPerSecond: bandwidth && quantity('--origin-bandwidth', bandwidth, BANDWIDTHS, '20Mbit'),
    } as { delayMs: number; bytesPerSecond?: number },
    seed: quantity('--seed', values.seed, { '': 1 }, '1'),
    /** Of the service's environment. */
    settings: Object.fromEntries(set.map(setting)),
    /** A deployment to measure instead of a service on this machine. */
    testUrl: webAddress(environment['TEST_URL']),
  };
}

/** Empty is unset. */
function webAddress(text = ''): string | undefined {
  if (text === '') return undefined;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new Error(`TEST_URL: expected an address such as https://thumbs.example; found "${text}".`);
}

/** Bytes a second, by what networks are sold in. */
const BANDWIDTHS = { kbit: 1e3 / 8, Mbit: 1e6 / 8, Gbit: 1e9 / 8 };

function quantity(
  option: string,
  text: string,
  units: Readonly<Record<string, number>>,
  example: string,
  least = 1,
): number {
  const [, number, unit = ''] = /^(\d{1,6})([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = units[unit];
  if (number === undefined || factor === undefined || Number(number) < least)
    throw new Error(`${option} is for example ${example}, not ${text}.`);
  return Number(number) * factor;
}

function partOf(name: string): PartName {
  const part = PARTS.find((each) => each === name);
  if (part === undefined) throw new Error(`--only: there is no part ${name}. There are ${PARTS.join(', ')}.`);
  return part;
}

function setting(text: string): [string, string] {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--set takes NAME=VALUE, not ${text}.`);
  return [name, value];
}
