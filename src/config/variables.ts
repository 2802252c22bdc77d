import { availableParallelism, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { INPUT_FORMATS } from '../domain/image/formats.ts';
import {
  type Format,
  allowedSource,
  basePath,
  answerStatus,
  cacheNamespace,
  duration,
  folderPath,
  fraction,
  headerValue,
  hostPattern,
  integer,
  integerOrAuto,
  listenAddress,
  listOf,
  moduleName,
  network,
  oneOf,
  oneOfOrModule,
  portRange,
  s3Prefix,
  secret,
  serverAddress,
  serverUrl,
  size,
  sourceBase,
  text,
  webOrigin,
  webUrl,
} from './formats.ts';
import { presets } from './presets.ts';

/** An environment variable: how it is read, what it is when it is not set, and what it means to an operator. */
export interface Variable<T> extends Format<T> {
  /** Read like a value that was set; undefined where there is none. */
  readonly default: string | undefined;
  readonly meaning: string;
}

/** Which caches there are; see src/composition/cache-module.ts. */
export const CACHE_KINDS = ['none', 'memory', 'disk', 'memcached', 'redis', 's3'] as const;

/** Where secrets come from; see src/composition/secrets-module.ts. */
export const SECRET_KINDS = ['env', 'ssm'] as const;

/** Timers know no longer time than 25 days, but a cache does. */
const cacheTime = duration(0, 365 * 86_400_000);

/** Every environment variable there is; docs/configuration.md says the same. */
export const VARIABLES = {
  HOST: variable(listenAddress, '0.0.0.0', 'address to listen on'),
  PORT: variable(integer(0, 65_535), '8000', 'port to listen on'),
  WORKERS: variable(
    integerOrAuto(1, 256, availableParallelism()),
    '1',
    'number of processes that serve requests; auto is one per CPU. They share the limits on work and memory',
  ),
  ALLOWED_HOSTS: variable(
    listOf(hostPattern),
    'localhost,127.0.0.1,[::1]',
    'host names that the service answers to; all others get 421',
  ),
  BASE_PATH: variable(
    basePath,
    '/',
    'prefix of every public path, for a service that shares its host name with others; /healthz and /readyz also answer without it',
  ),
  FORM: variable(
    oneOf('on', 'off'),
    'on',
    'off: no form and no result page; GET / is a short page. It is also off where SIGNATURES is required',
  ),
  UPLOADS: variable(oneOf('on', 'off'), 'on', 'off: images can only be named by their URL, not sent here'),
  ALLOWED_ORIGINS: variable(
    listOf(webOrigin),
    '*',
    'sites whose scripts may read thumbnails, infos, errors and the OpenAPI document; only those listed by name may upload',
  ),
  HSTS: variable(
    oneOf('on', 'off'),
    'off',
    'on: browsers that came over HTTPS use nothing else for a year, for this host name and all below it',
  ),
  TRUSTED_PROXIES: optional(
    listOf(network),
    'networks of your proxies: their X-Forwarded-For tells clients apart, who then take turns; unset: a client is an address that connects',
  ),
  THUMBNAIL_CACHE: optional(
    listOf(oneOfOrModule(...CACHE_KINDS)),
    'where thumbnails are cached, nearest first; of several, the last is one that all processes share (for your own cache see docs/adapters.md); not set: memcached if its address is set, else memory',
  ),
  CACHE_NAMESPACE: variable(
    cacheNamespace,
    'thumbnailer',
    'prefix of every key in a shared cache: deployments that share a server, a folder or a bucket, but not this name, share no thumbnails',
  ),
  MEMORY_CACHE_SIZE: variable(size(1), '64MiB', 'size of the memory cache'),
  DISK_CACHE_PATH: optional(folderPath, 'folder of the disk cache; created if it is not there'),
  DISK_CACHE_SIZE: variable(
    size(16 * 1024 ** 2),
    '1GiB',
    'size of the disk cache, whose least recently used thumbnails make room for new ones',
  ),
  S3_CACHE: optional(s3Prefix, 'where the s3 cache puts its objects, as s3://bucket/prefix/'),
  KEPT_SOURCES_SIZE: variable(
    size(0),
    '16MiB',
    'memory for recently read sources, which speeds up their other sizes and formats; 0B turns this off',
  ),
  CACHE_TTL: variable(cacheTime, '1d', 'how long a thumbnail is fresh if its source does not say'),
  CACHE_TTL_MIN: variable(
    cacheTime,
    '1m',
    'how long a thumbnail is fresh at least, whatever its source says',
  ),
  CACHE_TTL_MAX: variable(
    cacheTime,
    '30d',
    'how long a thumbnail is fresh at most, and how long it is cached, fresh or stale, unless STALE_IF_ERROR keeps it longer',
  ),
  CACHE_TTL_FAULTS: variable(
    cacheTime,
    '1m',
    'longest time for which the service remembers that a source sent no image, half of one, or one over the limits',
  ),
  STALE_IF_ERROR: variable(
    cacheTime,
    '1d',
    'how long a stale thumbnail is served while its source fails, unless the source says that the image is gone',
  ),
  SECRET_SOURCE: variable(
    oneOfOrModule(...SECRET_KINDS),
    'env',
    'where secrets come from (for your own source see docs/adapters.md)',
  ),
  SSM_PREFIX: variable(text, 'thumbnailer.', "prefix of each secret's name in Parameter Store"),
  MEMCACHIER_SERVER: optional(secret, 'memcached servers as host:port, separated by commas'),
  MEMCACHIER_SERVERS: optional(secret, 'the same, used if MEMCACHIER_SERVER is not set'),
  MEMCACHIER_USERNAME: optional(secret, 'SASL user name'),
  MEMCACHIER_PASSWORD: optional(secret, 'SASL password'),
  MEMCACHED_TLS: variable(
    oneOf('on', 'off'),
    'off',
    'TLS to memcached; the certificate must be valid for the host name (another authority: NODE_EXTRA_CA_CERTS)',
  ),
  MEMCACHED_DISCOVERY: variable(
    oneOf('on', 'off'),
    'off',
    'MEMCACHIER_SERVER is a configuration endpoint, which names the servers (auto discovery of ElastiCache)',
  ),
  REDIS_URL: optional(
    secret,
    'redis://user:password@host:port/database, redis+cluster://user:password@host:port,host:port, or ' +
      'redis+sentinel://user:password@host:port,host:port/name/database; rediss for TLS',
  ),
  SIGNING_KEYS: optional(secret, 'keys for signed requests, as id:key,id:key'),
  SOURCE_HEADERS: optional(
    secret,
    'header fields for sources, as host: Header: value, a line each; each is sent to that host alone',
  ),
  SIGNATURES: variable(oneOf('optional', 'required'), 'optional', 'required refuses unsigned requests'),
  THUMBNAIL_SIZES: variable(
    listOf(integer(1, 16_383)),
    '64,128,256',
    'sizes in pixels that anyone may ask for',
  ),
  MAX_THUMBNAIL_SIZE: variable(
    integer(1, 16_383),
    '2048',
    'largest size in pixels that a signed request may ask for',
  ),
  THUMBNAIL_QUALITIES: optional(
    listOf(integer(1, 100)),
    'qualities that anyone may ask for; not set: only signed requests may choose a quality',
  ),
  PRESETS: optional(
    presets,
    'names for sets of parameters, which may include those that otherwise only signed requests may use',
  ),
  FALLBACK_IMAGE: optional(
    text,
    'path of an image that requests with fallback=true get if their own fails; decoded at the start',
  ),
  FALLBACK_STATUS: variable(
    answerStatus,
    '200',
    'HTTP status of answers with FALLBACK_IMAGE, such as 404 for clients that should see the failure',
  ),
  ANIMATIONS: variable(
    oneOf('off', 'signed', 'open'),
    'signed',
    'who may ask for animated thumbnails (animated=true): nobody, signed requests, or anyone',
  ),
  MAX_ANIMATION_FRAMES: variable(integer(2, 10_000), '100', 'most frames of an animated thumbnail'),
  MAX_ANIMATION_PIXELS: optional(
    integer(1, 2 ** 31),
    'most pixels of an animated thumbnail, in all its frames together',
  ),
  INPUT_FORMATS: variable(
    listOf(oneOf(...INPUT_FORMATS)),
    'jpeg,png,webp,gif,avif,heic,svg,bmp,ico',
    'image formats that are accepted',
  ),
  ALLOWED_SOURCES: optional(
    listOf(allowedSource),
    'hosts, or URLs by their beginning, that images may be fetched from; objects in S3 only so: s3://bucket/folder/. Not set: any public host',
  ),
  SOURCE_BASE: optional(
    sourceBase,
    'what a path given as url is relative to; nothing outside of it is read: https://host/path/, s3://bucket/path/ or a folder, file:///srv/images/',
  ),
  S3_ENDPOINT: optional(
    serverUrl,
    'a store that speaks S3 and is not AWS; region and credentials come from the variables and roles of AWS',
  ),
  S3_FORCE_PATH_STYLE: variable(
    oneOf('on', 'off'),
    'off',
    'on puts the name of a bucket into the path, as MinIO wants it, and not into the host name',
  ),
  ALLOWED_SOURCE_PORTS: variable(listOf(portRange), '80,443', 'ports that images may be fetched from'),
  ALLOWED_PRIVATE_NETWORKS: optional(listOf(network), 'networks that are not public but may be fetched from'),
  DNS_SERVERS: optional(
    listOf(serverAddress),
    'name servers that resolve the hosts of sources, in their order; not set: those of /etc/resolv.conf',
  ),
  MAX_URL_LENGTH: variable(
    integer(256, 16_384),
    '8192',
    'longest URL of a source and of what it redirects to, in characters',
  ),
  MAX_SOURCE_SIZE: variable(size(1024), '20MiB', 'most bytes of a source'),
  MAX_SOURCE_PIXELS: variable(integer(1, 2 ** 31), '50000000', 'most pixels of a source'),
  SOURCE_TIMEOUT: variable(duration(1), '10s', 'time limit of a whole download, redirects included'),
  MAX_REDIRECTS: variable(integer(0, 20), '6', 'most redirects of a source'),
  USER_AGENT: optional(
    headerValue,
    'User-Agent of requests to sources, such as thumbnailer (+https://example.com/contact); not set: that, with the first public name of ALLOWED_HOSTS as contact',
  ),
  PARTIAL_DOWNLOADS: variable(
    oneOf('on', 'off'),
    'on',
    'on ends a download as soon as its thumbnail can be made',
  ),
  LENIENT_IMAGES: variable(
    oneOf('on', 'off'),
    'on',
    'on shows damaged images as far as they can be decoded, for CACHE_TTL_FAULTS; off refuses them, which means that every source is read whole',
  ),
  DOWNLOAD_CONCURRENCY: variable(
    integer(1, 10_000),
    '32',
    'cache misses in progress at once, including their downloads',
  ),
  DOWNLOADS_PER_HOST: optional(
    integer(1, 10_000),
    'downloads in progress at once from one host; those that wait for it take no slots from other hosts',
  ),
  RESIZE_CONCURRENCY: variable(
    integer(1, 1024),
    String(defaultConcurrency()),
    'decoders, each with one image at a time',
  ),
  DECODERS: variable(
    oneOf('isolated', 'in-process'),
    'isolated',
    'isolated: images are decoded in processes of their own, which can be stopped; in-process: in the service itself',
  ),
  DECODE_TIMEOUT: variable(
    duration(1),
    '10s',
    'processor time of one decode, after which an isolated decoder is stopped',
  ),
  QUEUE_LIMIT: variable(integer(0, 100_000), '64', 'how many cache misses may wait in a queue'),
  QUEUE_TIMEOUT: variable(duration(1), '5s', 'how long a cache miss may wait, in all queues together'),
  MEMORY_BUDGET: variable(
    size(1024 ** 2),
    `${defaultBudget()}B`,
    'memory that all decodes in progress may need together',
  ),
  IMAGE_FETCHER: optional(
    moduleName,
    'a module of your own that fetches sources, in place of the built-in one (docs/adapters.md)',
  ),
  IMAGE_RESIZER: optional(
    moduleName,
    'a module of your own that makes thumbnails, in place of the built-in one (docs/adapters.md)',
  ),
  METRICS_PORT: optional(
    integer(0, 65_535),
    'port of GET /metrics for Prometheus, on HOST; not set: no metrics. Do not expose it to the public',
  ),
  LOG_LEVEL: variable(
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'lowest level that is logged',
  ),
  DRAIN_DELAY: variable(
    duration(0),
    '0s',
    'how long to keep serving after SIGTERM, until load balancers have noticed',
  ),
  SHUTDOWN_TIMEOUT: variable(duration(0), '25s', 'how long a shutdown may take, including DRAIN_DELAY'),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    webUrl,
    'URL of an OpenTelemetry collector, such as http://localhost:4318; turns traces on',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(webUrl, 'the same for traces only, including the path'),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable(
    oneOf('http/json', 'http/protobuf'),
    'http/json',
    'traces are always sent as http/json; collectors accept that where they accept http/protobuf',
  ),
  OTEL_TRACES_EXPORTER: optional(
    oneOf('otlp', 'none'),
    'otlp turns traces on (to http://localhost:4318 if no URL is set); none turns them off',
  ),
  OTEL_TRACES_SAMPLER: variable(
    oneOf(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    'parentbased_always_on',
    "which requests are traced; the parentbased samplers follow the caller's decision if it made one",
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(fraction, '1', 'fraction of requests that a traceidratio sampler traces'),
  OTEL_SERVICE_NAME: variable(text, 'thumbnailer', 'name of this service in traces'),
  OTEL_SDK_DISABLED: variable(oneOf('true', 'false'), 'false', 'true turns traces off, whatever else is set'),
} as const;

function variable<T>(format: Format<T>, defaultText: string, meaning: string) {
  return { ...format, default: defaultText, meaning };
}

function optional<T>(format: Format<T>, meaning: string) {
  return { ...format, default: undefined, meaning };
}

/** Two fifths of the memory that the process may use. */
function defaultBudget(): number {
  return Math.floor((usableBytes() * 2) / 5);
}

/** One more than the processors; where memory is short, one: each decoder is a process, with a spare one beside it. */
function defaultConcurrency(): number {
  return usableBytes() <= 512 * 1024 ** 2 ? 1 : availableParallelism() + 1;
}

/** The container's limit, where there is one, or the machine's memory. */
function usableBytes(): number {
  const limit = constrainedMemory();
  // No limit reads as 0 or as a number far beyond any memory, by the version of cgroups.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** What the variables say, once read. */
export type Values = { readonly [Name in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Name]> };

type ValueOf<V> = V extends { parse: (text: string) => infer T; default: infer D }
  ? T | (D extends undefined ? undefined : never)
  : never;
