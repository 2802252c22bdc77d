import { contradictionsIn } from './contradictions.ts';
import { CACHE_KINDS, VARIABLES, type Variable, type Values } from './variables.ts';
import { warningsOf } from './warnings.ts';
import type { AnimationLimits } from '../domain/image/image-file.ts';
import type { InputFormat } from '../domain/image/formats.ts';
import type { PresetTexts } from '../domain/request/option.ts';
import type { HostPattern } from '../domain/access/host-pattern.ts';
import type { LifetimePolicy } from '../domain/source/freshness.ts';
import type { PortRange } from '../domain/access/source-policy.ts';
import type { SourcePrefix } from '../domain/access/source-prefix.ts';
import type { SourceBase } from '../domain/request/source-base.ts';
import { secret } from './formats.ts';
import { presetFaults } from './presets.ts';
import { secretFaults } from './secret-faults.ts';
import { shownValue } from './shown-value.ts';
import type { SecretName, Secrets } from '../ports/secret-source.ts';
import { defaultUserAgent } from './user-agent.ts';

/** Everything that an operator has chosen. Read once, at the start. */
export interface Config {
  /** What an operator should know of settings that are valid. */
  readonly warnings: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly HostPattern[];
  /** Prefix of every public path, without the slash at its end; empty for none. */
  readonly basePath: string;
  readonly form: boolean;
  readonly uploads: boolean;
  /** Origins whose scripts may read answers; `*` is any. */
  readonly allowedOrigins: readonly string[];
  /** Whether answers say `Strict-Transport-Security`. */
  readonly hsts: boolean;
  /** Networks, in CIDR notation, of the proxies whose word is taken for which client a request comes from. */
  readonly trustedProxies: readonly string[];
  /** Processes that serve. */
  readonly workers: number;
  /** Undefined: no metrics. */
  readonly metricsPort: number | undefined;
  /** Undefined: no traces. */
  readonly tracing: TracingConfig | undefined;
  readonly logLevel: string;
  readonly drainDelayMs: number;
  /** For all of stopping, `drainDelayMs` included. */
  readonly shutdownTimeoutMs: number;
  readonly cache: CacheConfig;
  readonly secrets: SecretsConfig;
  /** Modules of somebody else's, each in place of the adapter that is built in. */
  readonly modules: { readonly fetcher: string | undefined; readonly resizer: string | undefined };
  readonly requests: {
    readonly openSizes: readonly number[];
    readonly openQualities: readonly number[];
    readonly animations: 'off' | 'signed' | 'open';
    readonly maxSignedSize: number;
    /** `implied` only where the pipeline runs without a server; see `createThumbnailer`. */
    readonly signatures: 'optional' | 'required' | 'implied';
    /** What each name stands for. */
    readonly presets: ReadonlyMap<string, PresetTexts>;
  };
  /** An image of the operator's own, for where another is not to be had. */
  readonly fallback: { readonly path: string; readonly status: number } | undefined;
  readonly sources: {
    readonly allowedHosts: readonly HostPattern[] | undefined;
    readonly allowedPrefixes: readonly SourcePrefix[];
    readonly base: SourceBase | undefined;
    readonly allowedPorts: readonly PortRange[];
    /** As CIDR blocks. */
    readonly allowedPrivateNetworks: readonly string[];
    /** Name servers, as `address:port`; undefined stands for the system's. */
    readonly dnsServers: readonly string[] | undefined;
    readonly maxBytes: number;
    readonly maxPixels: number;
    readonly animations: AnimationLimits;
    readonly inputFormats: readonly InputFormat[];
    readonly timeoutMs: number;
    /** Of a source, in characters. */
    readonly maxUrlLength: number;
    readonly maxRedirects: number;
    readonly userAgent: string;
    /** Whether a download ends as soon as its thumbnail can be made. */
    readonly partialDownloads: boolean;
    /** Whether damaged images are refused, instead of shown as far as they can be. */
    readonly refusesDamaged: boolean;
  };
  readonly work: {
    readonly downloadConcurrency: number;
    readonly downloadsPerHost: number;
    readonly resizeConcurrency: number;
    readonly queueLimit: number;
    readonly queueTimeoutMs: number;
    readonly memoryBudgetBytes: number;
    readonly decoders: 'isolated' | 'in-process';
    /** Processor time. */
    readonly decodeTimeoutMs: number;
  };
  readonly aws: AwsEnvironment;
  /** How stores that speak S3 are reached. */
  readonly s3: { readonly endpoint: string | undefined; readonly forcePathStyle: boolean };
}

/** One of ours, or the module of somebody else's: a path, or a package's name. */
export type CacheKind = (typeof CACHE_KINDS)[number] | { readonly module: string };

export interface CacheConfig {
  /** Nearest first. Undefined is memcached where its address is a known secret, else memory. */
  readonly kinds: readonly CacheKind[] | undefined;
  readonly lifetimes: LifetimePolicy;
  readonly memoryBytes: number;
  readonly memcachedTls: boolean;
  readonly memcachedDiscovery: boolean;
  /** Where there is one. */
  readonly diskPath: string | undefined;
  readonly diskBytes: number;
  /** `s3://bucket/prefix/`, where there is one. */
  readonly s3Place: string | undefined;
  /** Before every key in a shared cache. */
  readonly namespace: string;
  /** For sources that more thumbnails may be made of; 0 keeps none. */
  readonly keptSourcesBytes: number;
}

export type SecretsConfig =
  | { readonly kind: 'env'; readonly values: Secrets }
  | { readonly kind: 'ssm'; readonly prefix: string }
  | { readonly kind: 'module'; readonly module: string };

/** Where to and how often, the OTLP exporter reads from the environment by itself: OTEL_EXPORTER_OTLP_…. */
export interface TracingConfig {
  readonly serviceName: string;
  readonly sampler: ReturnType<(typeof VARIABLES)['OTEL_TRACES_SAMPLER']['parse']>;
  /** Part of the requests, from 0 to 1, that a sampler by ratio takes. */
  readonly ratio: number;
}

/** What AWS sets in the environment of an ECS task, and what tells its SDK which store to ask, and as whom. */
export type AwsEnvironment = Readonly<Partial<Record<(typeof AWS_VARIABLES)[number], string>>>;

const AWS_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'ECS_CONTAINER_METADATA_URI_V4',
  'ECS_CONTAINER_METADATA_URI',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_ROLE_ARN',
] as const;

/** One message for all that is wrong with the environment. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[], options?: ErrorOptions) {
    const lines = faults.map((fault) => `  ${fault}`).join('\n');
    super(`These environment variables cannot be used:\n${lines}`, options);
  }
}

/** The level at which it is logged that settings cannot be used: the one variable that counts all the same. */
export function levelOfFailures({ LOG_LEVEL: level }: Readonly<NodeJS.ProcessEnv> = process.env): string {
  return level === 'silent' ? level : 'fatal';
}

/** @throws ConfigError naming every variable at fault, the format that it wants and what was found. */
export function readConfig(environment: Readonly<NodeJS.ProcessEnv> = process.env): Config {
  const isSet = (name: keyof Values) => (environment[name] ?? '') !== '';
  const values = readValues(environment, isSet);
  return {
    warnings: warningsOf(environment, values),
    host: values.HOST,
    port: values.PORT,
    allowedHosts: values.ALLOWED_HOSTS,
    basePath: values.BASE_PATH,
    form: values.FORM === 'on',
    uploads: values.UPLOADS === 'on',
    allowedOrigins: values.ALLOWED_ORIGINS.filter((origin) => origin !== 'none'),
    hsts: values.HSTS === 'on',
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    workers: values.WORKERS,
    metricsPort: values.METRICS_PORT,
    tracing: tracingOf(values),
    logLevel: values.LOG_LEVEL,
    drainDelayMs: values.DRAIN_DELAY,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    cache: {
      kinds: values.THUMBNAIL_CACHE?.map(cacheKindOf),
      lifetimes: lifetimesOf(values, isSet),
      memoryBytes: values.MEMORY_CACHE_SIZE,
      memcachedTls: values.MEMCACHED_TLS === 'on',
      memcachedDiscovery: values.MEMCACHED_DISCOVERY === 'on',
      diskPath: values.DISK_CACHE_PATH,
      diskBytes: values.DISK_CACHE_SIZE,
      s3Place: values.S3_CACHE,
      namespace: values.CACHE_NAMESPACE,
      keptSourcesBytes: values.KEPT_SOURCES_SIZE,
    },
    secrets: secretsConfigOf(values),
    modules: { fetcher: values.IMAGE_FETCHER, resizer: values.IMAGE_RESIZER },
    requests: requestsOf(values),
    fallback: fallbackOf(values),
    sources: {
      allowedHosts: values.ALLOWED_SOURCES?.filter((text) => !text.includes('://')),
      allowedPrefixes: values.ALLOWED_SOURCES?.filter((text) => text.includes('://')) ?? [],
      base: values.SOURCE_BASE,
      maxUrlLength: values.MAX_URL_LENGTH,
      allowedPorts: values.ALLOWED_SOURCE_PORTS,
      allowedPrivateNetworks: values.ALLOWED_PRIVATE_NETWORKS ?? [],
      dnsServers: values.DNS_SERVERS,
      maxBytes: values.MAX_SOURCE_SIZE,
      maxPixels: values.MAX_SOURCE_PIXELS,
      animations: {
        maxFrames: values.MAX_ANIMATION_FRAMES,
        maxPixels: values.MAX_ANIMATION_PIXELS ?? Math.floor(values.MEMORY_BUDGET / ANIMATION_PIXEL_BYTES),
      },
      inputFormats: values.INPUT_FORMATS,
      timeoutMs: values.SOURCE_TIMEOUT,
      maxRedirects: values.MAX_REDIRECTS,
      userAgent: values.USER_AGENT ?? defaultUserAgent(values.ALLOWED_HOSTS),
      partialDownloads: values.PARTIAL_DOWNLOADS === 'on',
      refusesDamaged: values.LENIENT_IMAGES === 'off',
    },
    work: {
      downloadConcurrency: values.DOWNLOAD_CONCURRENCY,
      downloadsPerHost: values.DOWNLOADS_PER_HOST ?? Math.ceil(values.DOWNLOAD_CONCURRENCY / 4),
      resizeConcurrency: values.RESIZE_CONCURRENCY,
      queueLimit: values.QUEUE_LIMIT,
      queueTimeoutMs: values.QUEUE_TIMEOUT,
      memoryBudgetBytes: values.MEMORY_BUDGET,
      decoders: values.DECODERS,
      decodeTimeoutMs: values.DECODE_TIMEOUT,
    },
    aws: awsEnvironment(environment),
    s3: { endpoint: values.S3_ENDPOINT, forcePathStyle: values.S3_FORCE_PATH_STYLE === 'on' },
  };
}

function readValues(
  environment: Readonly<NodeJS.ProcessEnv>,
  isSet: (name: keyof Values) => boolean,
): Values {
  const faults: string[] = [];
  const standIns: Record<string, unknown> = {};
  const secrets = secretsIn(environment);
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    // Templates hand over an empty value for what is not set.
    const found = environment[name] === '' ? undefined : environment[name];
    const text = found ?? variable.default;
    try {
      return [name, text === undefined ? undefined : variable.parse(text)];
    } catch {
      faults.push(`${name}: expected ${variable.format}; found ${shownValue(text ?? '', secrets)}`);
      standIns[name] = variable.default === undefined ? undefined : variable.parse(variable.default);
      return [name, undefined];
    }
  });
  const values = Object.fromEntries(entries) as Values;
  faults.push(...faultsAmong(values));
  const readable = { ...values, ...standIns };
  faults.push(...faultsOfSecrets(readable));
  faults.push(...contradictionsIn(readable, (name) => isSet(name) && !(name in standIns)));
  if (faults.length > 0) throw new ConfigError(faults);
  return values;
}

/** What does not go together, where each could be read. */
function faultsAmong(values: Values): string[] {
  const requests = requestsOf(values);
  const areRead = Object.values<unknown>(requests).every((value) => value !== undefined);
  return areRead ? presetFaults(requests) : [];
}

/** Where they come from the environment: then they are settings as all others. */
function faultsOfSecrets(values: Values): string[] {
  if (values.SECRET_SOURCE !== 'env') return [];
  const { THUMBNAIL_CACHE: caches = [], SIGNATURES: signatures, MEMCACHIER_SERVER: server } = values;
  const hasList = server === undefined && values.MEMCACHIER_SERVERS !== undefined;
  const variables = {
    ...SECRET_VARIABLES,
    ...(hasList && { 'memcachier-server': 'MEMCACHIER_SERVERS' as const }),
  };
  return secretFaults(secretsOf(values), { caches, signatures }, (name) => variables[name]);
}

/** Also what is in secret variables that are not asked for. */
function secretsIn(environment: Readonly<NodeJS.ProcessEnv>): string[] {
  const names = Object.entries<Variable<unknown>>(VARIABLES).filter(
    ([, { format }]) => format === secret.format,
  );
  return names.map(([name]) => environment[name] ?? '').filter((value) => value !== '');
}

/** What an operator sets outside the default bounds moves the bounds that are not set. */
function lifetimesOf(values: Values, isSet: (name: keyof Values) => boolean): LifetimePolicy {
  const { CACHE_TTL, CACHE_TTL_MIN, CACHE_TTL_MAX, CACHE_TTL_FAULTS, STALE_IF_ERROR } = values;
  const lowestMs = isSet('CACHE_TTL_MIN') ? CACHE_TTL_MIN : 0;
  const highestMs = isSet('CACHE_TTL_MAX') ? CACHE_TTL_MAX : Infinity;
  const defaultMs = isSet('CACHE_TTL') ? CACHE_TTL : Math.min(Math.max(CACHE_TTL, lowestMs), highestMs);
  return {
    defaultMs,
    minMs: Math.min(CACHE_TTL_MIN, defaultMs),
    maxMs: Math.max(CACHE_TTL_MAX, defaultMs),
    faultsMs: CACHE_TTL_FAULTS,
    staleIfErrorMs: STALE_IF_ERROR,
  };
}

function fallbackOf({ FALLBACK_IMAGE: path, FALLBACK_STATUS: status }: Values): Config['fallback'] {
  return path === undefined ? undefined : { path, status };
}

/** What all pixels of an animation's frames take, each; see `animationCost`. */
const ANIMATION_PIXEL_BYTES = 10;

function requestsOf(values: Values): Config['requests'] {
  return {
    openSizes: values.THUMBNAIL_SIZES,
    openQualities: values.THUMBNAIL_QUALITIES ?? [],
    animations: values.ANIMATIONS,
    maxSignedSize: values.MAX_THUMBNAIL_SIZE,
    signatures: values.SIGNATURES,
    presets: values.PRESETS ?? new Map(),
  };
}

function cacheKindOf(text: string): CacheKind {
  return CACHE_KINDS.find((kind) => kind === text) ?? { module: text };
}

function secretsConfigOf(values: Values): SecretsConfig {
  const { SECRET_SOURCE: kind, SSM_PREFIX: prefix } = values;
  if (kind === 'env') return { kind, values: secretsOf(values) };
  return kind === 'ssm' ? { kind, prefix } : { kind: 'module', module: kind };
}

const SECRET_VARIABLES = {
  'memcachier-server': 'MEMCACHIER_SERVER',
  'memcachier-username': 'MEMCACHIER_USERNAME',
  'memcachier-password': 'MEMCACHIER_PASSWORD',
  'redis-url': 'REDIS_URL',
  'signing-keys': 'SIGNING_KEYS',
  'source-headers': 'SOURCE_HEADERS',
} as const satisfies Record<SecretName, keyof Values>;

function secretsOf(values: Values): Secrets {
  const secrets = Object.entries(SECRET_VARIABLES).map(
    ([name, variable]) => [name, values[variable]] as const,
  );
  const server = values.MEMCACHIER_SERVER ?? values.MEMCACHIER_SERVERS;
  const all = [...secrets, ['memcachier-server', server] as const];
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** Off unless one of the standard variables asks for traces. */
function tracingOf(values: Values): TracingConfig | undefined {
  const asked = [
    values.OTEL_TRACES_EXPORTER,
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    values.OTEL_EXPORTER_OTLP_ENDPOINT,
  ].some((value) => value !== undefined);
  if (!asked || values.OTEL_TRACES_EXPORTER === 'none' || values.OTEL_SDK_DISABLED === 'true')
    return undefined;
  return {
    serviceName: values.OTEL_SERVICE_NAME,
    sampler: values.OTEL_TRACES_SAMPLER,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}

function awsEnvironment(environment: Readonly<NodeJS.ProcessEnv>): AwsEnvironment {
  // The id of a temporary key says nothing of whose it is: the next one is another.
  const isTemporary = Boolean(environment['AWS_SESSION_TOKEN']);
  const known = AWS_VARIABLES.filter((name) => !(isTemporary && name === 'AWS_ACCESS_KEY_ID'));
  const present = known.filter((name) => environment[name]);
  return Object.fromEntries(present.map((name) => [name, environment[name]]));
}
