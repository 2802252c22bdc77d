import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bytesPerSecond, count, milliseconds } from './option-formats.ts';

/** In the order in which they run. `memory` is last: it says what all processes before it have held, too. */
export const PARTS = ['start', 'misses', 'hits', 'page', 'overload', 'curves', 'memory'] as const;
export type PartName = (typeof PARTS)[number];

export interface Options {
  readonly only: readonly PartName[];
  /** Whether the parts were named, so that none is left out for being unkind to a deployment. */
  readonly named: boolean;
  readonly quick: boolean;
  readonly rounds: number | undefined;
  readonly output: string;
  readonly against: string | undefined;
  /** A folder of images to take instead of those that are made. */
  readonly sources: string | undefined;
  /** A file of addresses to take instead, one a line. */
  readonly urls: string | undefined;
  readonly originDelayMs: number;
  /** For each connection; undefined is as fast as it goes. */
  readonly originBytesPerSecond: number | undefined;
  /** Processes that make requests. */
  readonly generators: number;
  readonly seed: number;
  /** Of the service's environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** A deployment to measure instead of a service on this machine. */
  readonly testUrl: string | undefined;
}

export const HELP = `Measures requests beside the floors below which no service can get, and prints ratios.

  npm run benchmark -- [options]

  --only PARTS             ${PARTS.join(', ')}; several separated by commas
  --quick                  a minute or so, for a first look: fewer rounds, shorter ones
  --rounds N               how often floor and service take turns (3, and 5 for hits; 2 and 3 with --quick)
  --output FILE            where the figures go as JSON (benchmark.json)
  --against FILE           compare the ratios with those of a saved run
  --sources DIR            your own images instead of those that are made
  --urls FILE              sources on the web instead, one address a line; for a deployment
  --origin-delay TIME      the origin waits so long before each answer, as 50ms
  --origin-bandwidth RATE  and sends no faster than this on each connection, as 20Mbit
  --generators N           processes that make requests (one for each two CPUs)
  --seed N                 of the order of requests (1)
  --set NAME=VALUE         a setting of the service that is started; may be given several times
  --help

TEST_URL=https://… measures a deployment. What needs the server on this machine is then left out.
`;

/** @throws Error that says what is wrong with the arguments, or undefined where only help was wanted */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options | undefined {
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
      generators: { type: 'string' },
      seed: { type: 'string', default: '1' },
      set: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const bandwidth = values['origin-bandwidth'];
  return {
    only: values.only === undefined ? PARTS : values.only.split(',').map(partOf),
    named: values.only !== undefined,
    quick: values.quick,
    rounds: values.rounds === undefined ? undefined : count('--rounds', values.rounds),
    output: values.output,
    against: values.against,
    sources: values.sources,
    urls: values.urls,
    originDelayMs: milliseconds(values['origin-delay']),
    originBytesPerSecond: bandwidth === undefined ? undefined : bytesPerSecond(bandwidth),
    generators:
      values.generators === undefined
        ? Math.max(1, Math.floor(availableParallelism() / 2))
        : count('--generators', values.generators),
    seed: count('--seed', values.seed),
    settings: Object.fromEntries(values.set.map(setting)),
    testUrl: environment['TEST_URL'] === '' ? undefined : environment['TEST_URL'],
  };
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
