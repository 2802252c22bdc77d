import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CacheContext,
  type FetcherContext,
  type ResizerContext,
  type SecretSourceContext,
  kit,
} from '../adapter-kit.ts';
import { ConfigError } from '../config/config.ts';
import { CACHE_KINDS, SECRET_KINDS } from '../config/variables.ts';
import { isModulePath } from '../config/formats.ts';
import { shownValue } from '../config/shown-value.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';

/** What a variable asks of the modules that it names. */
interface Wanted {
  readonly variable: string;
  /** What it takes besides modules: a slip in one of these looks like a package's name. */
  readonly words: readonly string[];
  readonly methods: readonly string[];
  readonly optionalMethods: readonly string[];
  /** Whether it tells the log which one it is. */
  readonly isDescribed: boolean;
}

const CACHE: Wanted = {
  variable: 'THUMBNAIL_CACHE',
  words: CACHE_KINDS,
  methods: ['get', 'set', 'close'],
  optionalMethods: ['lease', 'getSync', 'getPair', 'publish', 'getPublished'],
  isDescribed: true,
};
const SECRET_SOURCE: Wanted = {
  variable: 'SECRET_SOURCE',
  words: SECRET_KINDS,
  methods: ['read', 'close'],
  optionalMethods: [],
  isDescribed: true,
};
const FETCHER: Wanted = {
  variable: 'IMAGE_FETCHER',
  words: [],
  methods: ['fetch', 'close'],
  optionalMethods: ['prepare'],
  isDescribed: false,
};
const RESIZER: Wanted = {
  variable: 'IMAGE_RESIZER',
  words: [],
  methods: ['resize'],
  optionalMethods: ['decode', 'planOf', 'memoryCost', 'close'],
  isDescribed: false,
};

/** @throws ConfigError with what the module lacks to be a cache */
export async function loadCache(module: string, secrets: SecretSource): Promise<ThumbnailCache> {
  const context: CacheContext = { kit, secrets };
  return (await loadAdapter(module, CACHE, context)) as ThumbnailCache;
}

/** @throws ConfigError with what the module lacks to be a source of secrets */
export async function loadSecretSource(module: string): Promise<SecretSource> {
  const context: SecretSourceContext = { kit };
  return (await loadAdapter(module, SECRET_SOURCE, context)) as SecretSource;
}

/** @throws ConfigError with what the module lacks to be a fetcher */
export async function loadFetcher(
  module: string,
  settings: Omit<FetcherContext, 'kit'>,
): Promise<ImageFetcher> {
  const context: FetcherContext = { kit, ...settings };
  return (await loadAdapter(module, FETCHER, context)) as ImageFetcher;
}

/** @throws ConfigError with what the module lacks to be a resizer */
export async function loadResizer(
  module: string,
  settings: Omit<ResizerContext, 'kit'>,
): Promise<ImageResizer> {
  const context: ResizerContext = { kit, ...settings };
  const resizer = (await loadAdapter(module, RESIZER, context)) as ImageResizer;
  if ((resizer.decode === undefined) !== (resizer.planOf === undefined)) {
    throw faultOf(RESIZER, module, 'creates an adapter that has only one of the methods decode and planOf');
  }
  return resizer;
}

/** A file's path counts from the working directory; a package is one of those that are installed beside the service's. */
async function loadAdapter(module: string, wanted: Wanted, context: object): Promise<unknown> {
  const fault = (text: string, cause?: unknown) => faultOf(wanted, module, text, cause);
  const address = addressOf(module);
  if (address === undefined) {
    const { words } = wanted;
    throw fault(words.length === 0 ? 'was not found' : `was not found. Built in: ${words.join(', ')}`);
  }
  const create = await defaultExportOf(address).catch((error: unknown) => {
    throw fault(`cannot be loaded: ${reasonOf(error)}`, error);
  });
  if (!isFunction(create)) throw fault('has no default export that is a function');
  const adapter = await call(create, context).catch((error: unknown) => {
    throw fault(`failed to create its adapter: ${reasonOf(error)}`, error);
  });
  const gaps = gapsIn(adapter, wanted);
  if (gaps.length > 0) throw fault(`creates an adapter without ${gaps.join(', ')}`);
  return adapter;
}

function faultOf({ variable }: Wanted, module: string, text: string, cause?: unknown): ConfigError {
  return new ConfigError(
    [`${variable}: the module ${isModulePath(module) ? JSON.stringify(module) : shownValue(module)} ${text}`],
    { cause },
  );
}

/** Of the module's file, where there is one. */
function addressOf(module: string): URL | undefined {
  try {
    const address = new URL(isModulePath(module) ? fileAddress(module) : import.meta.resolve(module));
    return existsSync(address) ? address : undefined;
  } catch {
    return undefined;
  }
}

function fileAddress(path: string): string {
  return path.startsWith('file:') ? path : pathToFileURL(resolve(path)).href;
}

async function defaultExportOf({ href }: URL): Promise<unknown> {
  return ((await import(href)) as { readonly default?: unknown }).default;
}

type Create = (context: object) => unknown;

function isFunction(value: unknown): value is Create {
  return typeof value === 'function';
}

/** What it throws at once becomes a rejection, like what it throws later. */
async function call(create: Create, context: object): Promise<unknown> {
  return await create(context);
}

function gapsIn(adapter: unknown, { methods, optionalMethods, isDescribed }: Wanted): string[] {
  if (typeof adapter !== 'object' || adapter === null) return ['methods at all'];
  const has = (name: string, type: string) => typeof Reflect.get(adapter, name) === type;
  const missing = methods.filter((name) => !has(name, 'function'));
  const wrong = optionalMethods.filter((name) => !has(name, 'undefined') && !has(name, 'function'));
  const isUnnamed =
    isDescribed && (!has('description', 'string') || Reflect.get(adapter, 'description') === '');
  return [...[...missing, ...wrong].map((name) => `method ${name}`), ...(isUnnamed ? ['description'] : [])];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
