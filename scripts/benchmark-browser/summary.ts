import type { Measurement, Results } from './results.ts';

/** A request among all, and what it asked for. */
export interface Request extends Measurement {
  readonly image: string;
  readonly size: number;
  /** It was answered from the cache, fresh or stale. */
  readonly isHit: boolean;
}

/** Medians, in milliseconds. */
export interface Times {
  readonly count: number;
  readonly tserver: number;
  readonly ttotal: number;
}

/** All requests for one image in one size. */
export interface ThumbnailSummary {
  readonly image: string;
  readonly size: number;
  readonly requests: readonly Request[];
  readonly first: Measurement;
  /** The requests after the first; undefined where there are none. */
  readonly later: Times | undefined;
  readonly hits: number;
  /** How many requests each server answered, in the order of `Summary.servers`. */
  readonly perServer: readonly number[];
}

export interface ServerSummary {
  readonly name: string;
  readonly count: number;
  readonly hits: number;
}

export interface Summary {
  /** In the order in which the buttons were pressed where that is known, else as they stand in the file. */
  readonly requests: readonly Request[];
  readonly isOrderKnown: boolean;
  readonly thumbnails: readonly ThumbnailSummary[];
  readonly servers: readonly ServerSummary[];
  readonly misses: Times | undefined;
  readonly hits: Times | undefined;
}

export function summarise(results: Results): Summary {
  const lists = [...results].map(([key, measurements]) => requestsOf(key, measurements));
  const inFile = lists.flat();
  const isOrderKnown = inFile.every(({ at }) => at !== undefined);
  const requests = isOrderKnown ? inFile.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0)) : inFile;
  const servers = serversOf(requests);
  return {
    requests,
    isOrderKnown,
    servers,
    thumbnails: lists.flatMap((list) => thumbnailOf(list, servers)).sort(byImageAndSize),
    misses: timesOf(requests.filter(({ isHit }) => !isHit)),
    hits: timesOf(requests.filter(({ isHit }) => isHit)),
  };
}

/** @returns NaN for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper;
}

/** What a file does not say is taken to be as with any cache that works: the first request misses, the others hit. */
function requestsOf(key: string, measurements: readonly Measurement[]): Request[] {
  const colon = key.lastIndexOf(':');
  const [image, size] = [key.slice(0, colon), Number(key.slice(colon + 1))];
  return measurements.map((measurement, index) => ({
    ...measurement,
    image,
    size,
    isHit: measurement.cache === undefined ? index > 0 : measurement.cache !== 'miss',
  }));
}

/** @returns none where a file has a thumbnail that nobody asked for */
function thumbnailOf(requests: readonly Request[], servers: readonly ServerSummary[]): ThumbnailSummary[] {
  const [first, ...later] = requests;
  if (first === undefined) return [];
  return [
    {
      image: first.image,
      size: first.size,
      requests,
      first,
      later: timesOf(later),
      hits: requests.filter(({ isHit }) => isHit).length,
      perServer: servers.map(({ name }) => requests.filter(({ server }) => server === name).length),
    },
  ];
}

function serversOf(requests: readonly Request[]): ServerSummary[] {
  return [...Map.groupBy(requests, ({ server }) => server)]
    .map(([name, own]) => ({ name, count: own.length, hits: own.filter(({ isHit }) => isHit).length }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

function timesOf(requests: readonly Request[]): Times | undefined {
  if (requests.length === 0) return undefined;
  return {
    count: requests.length,
    tserver: median(requests.map(({ tserver }) => tserver)),
    ttotal: median(requests.map(({ ttotal }) => ttotal)),
  };
}

function byImageAndSize(a: ThumbnailSummary, b: ThumbnailSummary): number {
  return a.image.localeCompare(b.image) || a.size - b.size;
}
