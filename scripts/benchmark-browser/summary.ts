import { median } from 'simple-statistics';
import { table } from '../kit/table.ts';
import type { Measurement, Results } from './results.ts';
import { milliseconds, percent } from './wording.ts';

/** A request among all, and what it asked for. */
export interface Request extends Measurement {
  readonly image: string;
  /** What the image is called: the last part of its address, where no other image has the same. */
  readonly name: string;
  readonly size: number;
  /** A hit was answered from the cache, fresh or stale. */
  readonly kind: 'hit' | 'miss';
}

/** Medians, in milliseconds; undefined of no requests. */
export interface Times {
  readonly count: number;
  readonly tserver?: number;
  readonly ttotal?: number;
}

/** All requests for one image in one size: the first against all later ones. */
export interface ThumbnailSummary extends Pick<Request, 'image' | 'name' | 'size'> {
  readonly count: number;
  readonly hits: number;
  readonly first: Times;
  readonly later: Times;
  /** How many requests each server answered, in the order of `Summary.servers`. */
  readonly perServer: readonly number[];
}

export interface Summary {
  /** In the order in which the buttons were pressed where that is known, else as they stand in the file. */
  readonly requests: readonly Request[];
  readonly isOrderKnown: boolean;
  readonly thumbnails: readonly ThumbnailSummary[];
  /** The busiest first. */
  readonly servers: readonly { readonly name: string; readonly count: number; readonly hits: number }[];
  readonly misses: Times;
  readonly hits: Times;
}

export function summarise(results: Results): Summary {
  const names = namesOf([...results.keys()].map(imageOf));
  const lists = [...results].map(([key, measurements]) => requestsOf(key, measurements, names));
  const inFile = lists.flat();
  const isOrderKnown = inFile.every(({ at }) => at !== undefined);
  const requests = isOrderKnown ? inFile.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0)) : inFile;
  const servers = [...Map.groupBy(requests, ({ server }) => server)]
    .map(([name, own]) => ({ name, count: own.length, hits: own.filter(isHit).length }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  const thumbnails = lists.flatMap((list): ThumbnailSummary[] => {
    const [first, ...later] = list;
    if (first === undefined) return [];
    const perServer = servers.map(({ name }) => list.filter(({ server }) => server === name).length);
    const facts = { count: list.length, hits: list.filter(isHit).length, perServer };
    const { image, name, size } = first;
    return [{ image, name, size, ...facts, first: timesOf([first]), later: timesOf(later) }];
  });
  return {
    requests,
    isOrderKnown,
    servers,
    thumbnails: thumbnails.sort((a, b) => a.image.localeCompare(b.image) || a.size - b.size),
    misses: timesOf(requests.filter((request) => !isHit(request))),
    hits: timesOf(requests.filter(isHit)),
  };
}

const HEAD = [
  'image',
  'size',
  'requests',
  'hits',
  'server: first',
  'later',
  'total: first',
  'later',
  'per server',
];

/** What a terminal shows: a line for each image and size, then the servers by name. */
export function formatTable({ thumbnails, servers, requests }: Summary): string {
  const rows = thumbnails.map(({ name, size, count, hits, first, later, perServer }) => [
    ...[name, String(size), String(count), percent(hits / count)],
    ...[first.tserver, later.tserver, first.ttotal, later.ttotal].map(milliseconds),
    perServer.join('/'),
  ]);
  const spread = servers.map(
    ({ name, count }) => `  ${name || '(no name)'}: ${count} (${percent(count / requests.length)})`,
  );
  return [table([HEAD, ...rows]), '', 'Servers, in the order of the last column:', ...spread].join('\n');
}

/** What a file does not say is taken to be as with any cache that works: the first request misses, the others hit. */
function requestsOf(
  key: string,
  measurements: readonly Measurement[],
  names: ReadonlyMap<string, string>,
): Request[] {
  const image = imageOf(key);
  const facts = { image, name: names.get(image) ?? image, size: Number(key.slice(image.length + 1)) };
  return measurements.map((measurement, at) => {
    const { cache = at === 0 ? 'miss' : 'hit' } = measurement;
    return { ...measurement, ...facts, kind: cache === 'miss' ? 'miss' : 'hit' };
  });
}

function imageOf(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}

function namesOf(images: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(images)].map(
    (image) => [image, image.split('?')[0]?.split('/').at(-1) ?? ''] as const,
  );
  const isTaken = (name: string) => name === '' || all.filter(([, other]) => other === name).length > 1;
  return new Map(all.map(([image, name]) => [image, isTaken(name) ? image : name]));
}

function isHit({ kind }: Request): boolean {
  return kind === 'hit';
}

function timesOf(requests: readonly Measurement[]): Times {
  if (requests.length === 0) return { count: 0 };
  const of = (time: 'tserver' | 'ttotal') => median(requests.map((request) => request[time]));
  return { count: requests.length, tserver: of('tserver'), ttotal: of('ttotal') };
}
