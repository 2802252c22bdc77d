import { CACHE_KINDS, type Values } from './variables.ts';
import type { RequestPolicy } from '../domain/access/request-policy.ts';
import type { LifetimePolicy } from '../domain/source/freshness.ts';
import type { SecretName, Secrets } from '../ports/secret-source.ts';
import { defaultUserAgent } from './user-agent.ts';
import { warningsOf } from './warnings.ts';

/** Everything that an operator has chosen. */
export type Config = ReturnType<typeof configOf>;
export type CacheConfig = Config['cache'];

/** One of ours, or the module of somebody else's: a path, or a package's name. */
export type CacheKind = (typeof CACHE_KINDS)[number] | { readonly module: string };

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

/** What the values of all variables mean. */
export function configOf(
  environment: Readonly<NodeJS.ProcessEnv>,
  values: Values,
  isSet: (name: keyof Values) => boolean,
) {
  return {
    /** What an operator should know of settings that are valid. */
    warnings: warningsOf(environment, values),
    host: values.HOST,
    port: values.PORT,
    allowedHosts: values.ALLOWED_HOSTS,
    /** Prefix of every public path, without the slash at its end; empty for none. */
    basePath: values.BASE_PATH,
    form: values.FORM === 'on',
    uploads: values.UPLOADS === 'on',
    /** Origins whose scripts may read answers; `*` is any. */
    allowedOrigins: values.ALLOWED_ORIGINS.filter((origin) => origin !== 'none'),
    /** Whether answers say `Strict-Transport-Security`. */
    hsts: values.HSTS === 'on',
    /** Networks, in CIDR notation, of the proxies whose word is taken for which client a request comes from. */
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    /** Processes that serve. */
    workers: values.WORKERS,
    /** Undefined: no metrics. */
    metricsPort: values.METRICS_PORT,
    /** Undefined: no traces. */
    tracing: tracingOf(values),
    logLevel: values.LOG_LEVEL,
    drainDelayMs: values.DRAIN_DELAY,
    /** For all of stopping, `drainDelayMs` included. */
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    cache: {
      /** Nearest first. Undefined is memcached where its address is a known secret, else memory. */
      kinds: values.THUMBNAIL_CACHE?.map(cacheKindOf),
      lifetimes: lifetimesOf(values, isSet),
      memoryBytes: values.MEMORY_CACHE_SIZE,
      memcachedTls: values.MEMCACHED_TLS === 'on',
      memcachedDiscovery: values.MEMCACHED_DISCOVERY === 'on',
      /** Where there is one. */
      diskPath: values.DISK_CACHE_PATH,
      diskBytes: values.DISK_CACHE_SIZE,
      /** `s3://bucket/prefix/`, where there is one. */
      s3Place: values.S3_CACHE,
      /** Before every key in a shared cache. */
      namespace: values.CACHE_NAMESPACE,
      /** For sources that more thumbnails may be made of; 0 keeps none. */
      keptSourcesBytes: values.KEPT_SOURCES_SIZE,
    },
    secrets: secretsConfigOf(values),
    /** Modules of somebody else's, each in place of the adapter that is built in. */
    modules: { fetcher: values.IMAGE_FETCHER, resizer: values.IMAGE_RESIZER },
    requests: requestsOf(values),
    /** An image of the operator's own, for where another is not to be had. */
    fallback: fallbackOf(values),
    sources: {
      allowedHosts: values.ALLOWED_SOURCES?.filter((text) => !text.includes('://')),
      allowedPrefixes: values.ALLOWED_SOURCES?.filter((text) => text.includes('://')) ?? [],
      base: values.SOURCE_BASE,
      /** Of a source, in characters. */
      maxUrlLength: values.MAX_URL_LENGTH,
      allowedPorts: values.ALLOWED_SOURCE_PORTS,
      /** As CIDR blocks. */
      allowedPrivateNetworks: values.ALLOWED_PRIVATE_NETWORKS ?? [],
      /** Name servers, as `address:port`; undefined stands for the system's. */
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
      /** Whether a download ends as soon as its thumbnail can be made. */
      partialDownloads: values.PARTIAL_DOWNLOADS === 'on',
      /** Whether damaged images are refused, instead of shown as far as they can be. */
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
      /** Processor time. */
      decodeTimeoutMs: values.DECODE_TIMEOUT,
    },
    aws: awsEnvironment(environment),
    /** How stores that speak S3 are reached. */
    s3: { endpoint: values.S3_ENDPOINT, forcePathStyle: values.S3_FORCE_PATH_STYLE === 'on' },
  } as const;
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

function fallbackOf({ FALLBACK_IMAGE: path, FALLBACK_STATUS: status }: Values) {
  return path === undefined ? undefined : ({ path, status } as const);
}

/** What all pixels of an animation's frames take, each; see `animationCost`. */
const ANIMATION_PIXEL_BYTES = 10;

export function requestsOf(values: Values): RequestPolicy {
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

export type SecretsConfig =
  | { readonly kind: 'env'; readonly values: Secrets }
  | { readonly kind: 'ssm'; readonly prefix: string }
  | { readonly kind: 'module'; readonly module: string };

function secretsConfigOf(values: Values): SecretsConfig {
  const { SECRET_SOURCE: kind, SSM_PREFIX: prefix } = values;
  if (kind === 'env') return { kind, values: secretsOf(values) };
  return kind === 'ssm' ? { kind, prefix } : { kind: 'module', module: kind };
}

export const SECRET_VARIABLES = {
  'memcachier-server': 'MEMCACHIER_SERVER',
  'memcachier-username': 'MEMCACHIER_USERNAME',
  'memcachier-password': 'MEMCACHIER_PASSWORD',
  'redis-url': 'REDIS_URL',
  'signing-keys': 'SIGNING_KEYS',
  'source-headers': 'SOURCE_HEADERS',
} as const satisfies Record<SecretName, keyof Values>;

export function secretsOf(values: Values): Secrets {
  const secrets = Object.entries(SECRET_VARIABLES).map(
    ([name, variable]) => [name, values[variable]] as const,
  );
  const server = values.MEMCACHIER_SERVER ?? values.MEMCACHIER_SERVERS;
  const all = [...secrets, ['memcachier-server', server] as const];
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/**
 * Off unless one of the standard variables asks for traces. Where to and how often, the OTLP exporter reads from the
 * environment by itself: OTEL_EXPORTER_OTLP_….
 */
function tracingOf(values: Values) {
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
    /** Part of the requests, from 0 to 1, that a sampler by ratio takes. */
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  } as const;
}

function awsEnvironment(environment: Readonly<NodeJS.ProcessEnv>): AwsEnvironment {
  // The id of a temporary key says nothing of whose it is: the next one is another.
  const isTemporary = Boolean(environment['AWS_SESSION_TOKEN']);
  const known = AWS_VARIABLES.filter((name) => !(isTemporary && name === 'AWS_ACCESS_KEY_ID'));
  const present = known.filter((name) => environment[name]);
  return Object.fromEntries(present.map((name) => [name, environment[name]]));
}
