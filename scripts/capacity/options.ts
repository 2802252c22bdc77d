import { parseArgs } from 'node:util';
import type { Assumptions } from './model.ts';

export const HELP = `Computes from measured processor times what tasks hold and what a month costs, and simulates fleets.

  npm run capacity -- [options]

  --from FILE          a run of the benchmark (benchmark.json)
  --requests N         thumbnails a month (1000000000)
  --slowdown X         how many times a vCPU of the task takes as long as a core that was measured (1)
  --utilisation X      of the processors at the peak (0.6)
  --peak X             the busiest minute, as a multiple of the month's mean (3)
  --thumbnail-bytes N  mean size of a thumbnail (8000)
  --source-bytes N     mean size of what is downloaded for one (400000)
  --simulated N        requests of each simulation (1000000)
  --help
`;

export type Options = Exclude<ReturnType<typeof readOptions>, undefined>;

/** @throws Error that says what is wrong with the arguments; undefined where only help was wanted */
export function readOptions(args: readonly string[]) {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: text('benchmark.json'),
      requests: text('1000000000'),
      slowdown: text('1'),
      utilisation: text('0.6'),
      peak: text('3'),
      'thumbnail-bytes': text('8000'),
      'source-bytes': text('400000'),
      simulated: text('1000000'),
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: Exclude<keyof typeof values, 'from' | 'help'>): number => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} is a number above 0, not ${values[name]}.`);
    return value;
  };
  const assumed: Assumptions = {
    slowdown: number('slowdown'),
    utilisation: number('utilisation'),
    peak: number('peak'),
    thumbnailBytes: number('thumbnail-bytes'),
    sourceBytes: number('source-bytes'),
  };
  if (assumed.utilisation > 1) throw new Error('--utilisation is at most 1.');
  return { from: values.from, requests: number('requests'), simulated: number('simulated'), assumed };
}
