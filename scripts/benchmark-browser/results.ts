import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Form } from './form.ts';
import { UsageError } from './options.ts';

/** One request, as the person who made it saw it. */
export interface Measurement {
  /** Host name of the process that answered. */
  readonly server: string;
  /** Whole milliseconds on the server, as the page says. */
  readonly tserver: number;
  /** Whole milliseconds from the press of the button until the result page was loaded, by the browser's clock. */
  readonly ttotal: number;
  /** `hit`, `stale` or `miss`, as the page says; files of other programs do not have it. */
  readonly cache?: string;
  /** Whole milliseconds from the first press of all to this one; files of other programs do not have it. */
  readonly at?: number;
}

export interface Answer {
  readonly form: Form;
  readonly measurement: Measurement;
  /** When the button was pressed, in milliseconds since 1970. */
  readonly pressedAtMs: number;
}

/** By `<image url>:<size>`, each in the order in which the buttons were pressed. */
export type Results = ReadonlyMap<string, readonly Measurement[]>;

/** What was answered, in any order. */
export function resultsOf(answers: readonly Answer[]): Results {
  const inOrder = answers.toSorted((a, b) => a.pressedAtMs - b.pressedAtMs);
  const startedAtMs = inOrder[0]?.pressedAtMs ?? 0;
  const groups = Map.groupBy(inOrder, ({ form: { url, size } }) => `${url}:${size}`);
  return new Map(
    [...groups].map(([key, group]) => [
      key,
      group.map(({ measurement, pressedAtMs }) => ({
        ...measurement,
        at: Math.round(pressedAtMs - startedAtMs),
      })),
    ]),
  );
}

/** The file takes its name when it is whole: there is never half of one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}

/** JSON with a request a line, so that it can be read as it is. */
export function formatResults(results: Results): string {
  const entries = [...results].map(([key, measurements]) => {
    const lines = measurements.map((measurement) => `    ${JSON.stringify(measurement)}`);
    return `  ${JSON.stringify(key)}: [\n${lines.join(',\n')}\n  ]`;
  });
  return entries.length === 0 ? '{}\n' : `{\n${entries.join(',\n')}\n}\n`;
}

export async function readResults(file: string): Promise<Results> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--from: ${file} cannot be read as JSON.`, { cause: error });
  }
  return parseResults(content, file);
}

/** @param file its name, for what is said of faults */
export function parseResults(content: unknown, file: string): Results {
  if (!isRecord(content)) throw new UsageError(`--from: ${file} is not an object of lists.`);
  return new Map(
    Object.entries(content).map(([key, list]) => {
      if (!/:\d+$/.test(key)) throw new UsageError(`--from: "${key}" in ${file} is not <image url>:<size>.`);
      if (!Array.isArray(list)) throw new UsageError(`--from: "${key}" in ${file} is not a list.`);
      return [key, list.map((entry) => parseMeasurement(entry, key, file))];
    }),
  );
}

function parseMeasurement(entry: unknown, key: string, file: string): Measurement {
  if (isRecord(entry)) {
    const { server, tserver, ttotal, cache, at } = entry;
    if (typeof server === 'string' && isTime(tserver) && isTime(ttotal)) {
      return {
        server,
        tserver,
        ttotal,
        ...(typeof cache === 'string' && { cache }),
        ...(isTime(at) && { at }),
      };
    }
  }
  throw new UsageError(
    `--from: a request of "${key}" in ${file} is not {"server": "name", "tserver": 0, "ttotal": 0}.`,
  );
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
