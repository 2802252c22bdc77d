import { rename, writeFile } from 'node:fs/promises';
import { UsageError } from './options.ts';

/** What a person enters. */
export interface Form {
  readonly url: string;
  /** Largest dimension of the thumbnail, in pixels. */
  readonly size: number;
}

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
  const results = new Map<string, Measurement[]>();
  for (const { form, measurement, pressedAtMs } of inOrder) {
    const key = `${form.url}:${form.size}`;
    const list = results.get(key) ?? [];
    results.set(key, [...list, { ...measurement, at: Math.round(pressedAtMs - startedAtMs) }]);
  }
  return results;
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

/** @param file its name, for what is said of errors */
export function parseResults(text: string, file: string): Results {
  const refuse = (what: string, cause?: unknown) => new UsageError(`--from: ${what}`, { cause });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refuse(`${file} cannot be read as JSON.`, error);
  }
  if (!isRecord(content)) throw refuse(`${file} is not an object of lists.`);
  for (const [key, list] of Object.entries(content)) {
    if (!/:\d+$/.test(key)) throw refuse(`"${key}" in ${file} is not <image url>:<size>.`);
    if (!Array.isArray(list)) throw refuse(`"${key}" in ${file} is not a list.`);
    if (!list.every(isMeasurement))
      throw refuse(`a request of "${key}" in ${file} is not {"server": "name", "tserver": 0, "ttotal": 0}.`);
  }
  return new Map(Object.entries(content)) as Results;
}

function isMeasurement(entry: unknown): boolean {
  if (!isRecord(entry)) return false;
  const { server, tserver, ttotal, cache = '', at = 0 } = entry;
  return typeof server === 'string' && typeof cache === 'string' && [tserver, ttotal, at].every(isTime);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
