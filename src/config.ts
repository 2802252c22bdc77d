import { VARIABLES, type Variable } from './config/variables.ts';
import type { InputFormat } from './domain/formats.ts';
import type { HostPattern } from './domain/host-pattern.ts';
import type { PortRange } from './domain/source-policy.ts';
import type { Secrets } from './ports/secret-source.ts';

/** Everything that an operator has chosen. Read once, at the start. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly HostPattern[];
  readonly logLevel: string;
  readonly drainDelayMs: number;
  /** For all of stopping, `drainDelayMs` included. */
  readonly shutdownTimeoutMs: number;
  readonly cache: CacheConfig;
  readonly secrets: SecretsConfig;
  readonly requests: {
    readonly openSizes: readonly number[];
    readonly maxSignedSize: number;
    readonly signatures: 'optional' | 'required';
  };
  readonly sources: {
    readonly allowedHosts: readonly HostPattern[] | undefined;
    readonly allowedPorts: readonly PortRange[];
    /** As CIDR blocks. */
    readonly allowedPrivateNetworks: readonly string[];
    readonly maxBytes: number;
    readonly maxPixels: number;
    readonly inputFormats: readonly InputFormat[];
    readonly timeoutMs: number;
    readonly maxRedirects: number;
  };
  readonly work: {
    readonly downloadConcurrency: number;
    readonly resizeConcurrency: number;
    readonly queueLimit: number;
    readonly queueTimeoutMs: number;
    readonly memoryBudgetBytes: number;
  };
  readonly aws: AwsEnvironment;
}

export interface CacheConfig {
  /** `automatic` is memcached where its address is a known secret, else memory. */
  readonly kind: 'automatic' | 'none' | 'memory' | 'memcached';
  readonly ttlMs: number;
  readonly memoryBytes: number;
}

export type SecretsConfig =
  { readonly kind: 'env'; readonly values: Secrets } | { readonly kind: 'ssm'; readonly prefix: string };

/** What AWS sets in the environment of an ECS task; its own SDK reads the rest. */
export type AwsEnvironment = Readonly<Partial<Record<(typeof AWS_VARIABLES)[number], string>>>;

const AWS_VARIABLES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'ECS_CONTAINER_METADATA_URI_V4',
  'ECS_CONTAINER_METADATA_URI',
] as const;

/** One message for all that is wrong with the environment. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(faults: readonly string[]) {
    super(`These environment variables cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

type Values = { readonly [Name in keyof typeof VARIABLES]: ValueOf<(typeof VARIABLES)[Name]> };
type ValueOf<V> = V extends { parse: (text: string) => infer T; default: infer D }
  ? T | (D extends undefined ? undefined : never)
  : never;

/** @throws ConfigError naming every variable at fault, the format that it wants and what was found. */
export function readConfig(environment: Readonly<NodeJS.ProcessEnv> = process.env): Config {
  const values = readValues(environment);
  return {
    host: values.HOST,
    port: values.PORT,
    allowedHosts: values.ALLOWED_HOSTS,
    logLevel: values.LOG_LEVEL,
    drainDelayMs: values.DRAIN_DELAY,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    cache: {
      kind: values.THUMBNAIL_CACHE ?? 'automatic',
      ttlMs: values.CACHE_TTL,
      memoryBytes: values.MEMORY_CACHE_SIZE,
    },
    secrets:
      values.SECRET_SOURCE === 'ssm'
        ? { kind: 'ssm', prefix: values.SSM_PREFIX }
        : { kind: 'env', values: secretsOf(values) },
    requests: {
      openSizes: values.THUMBNAIL_SIZES,
      maxSignedSize: values.MAX_THUMBNAIL_SIZE,
      signatures: values.SIGNATURES,
    },
    sources: {
      allowedHosts: values.ALLOWED_SOURCES,
      allowedPorts: values.ALLOWED_SOURCE_PORTS,
      allowedPrivateNetworks: values.ALLOWED_PRIVATE_NETWORKS ?? [],
      maxBytes: values.MAX_SOURCE_SIZE,
      maxPixels: values.MAX_SOURCE_PIXELS,
      inputFormats: values.INPUT_FORMATS,
      timeoutMs: values.SOURCE_TIMEOUT,
      maxRedirects: values.MAX_REDIRECTS,
    },
    work: {
      downloadConcurrency: values.DOWNLOAD_CONCURRENCY,
      resizeConcurrency: values.RESIZE_CONCURRENCY,
      queueLimit: values.QUEUE_LIMIT,
      queueTimeoutMs: values.QUEUE_TIMEOUT,
      memoryBudgetBytes: values.MEMORY_BUDGET,
    },
    aws: awsEnvironment(environment),
  };
}

function readValues(environment: Readonly<NodeJS.ProcessEnv>): Values {
  const faults: string[] = [];
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    // Templates hand over an empty value for what is not set.
    const found = environment[name] === '' ? undefined : environment[name];
    const text = found ?? variable.default;
    try {
      return [name, text === undefined ? undefined : variable.parse(text)];
    } catch {
      faults.push(`${name}: expected ${variable.format}; found ${JSON.stringify(text)}`);
      return [name, undefined];
    }
  });
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries(entries) as Values;
}

function secretsOf(values: Values): Secrets {
  const secrets = {
    'memcachier-server': values.MEMCACHIER_SERVER ?? values.MEMCACHIER_SERVERS,
    'memcachier-username': values.MEMCACHIER_USERNAME,
    'memcachier-password': values.MEMCACHIER_PASSWORD,
    'signing-keys': values.SIGNING_KEYS,
  };
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined));
}

function awsEnvironment(environment: Readonly<NodeJS.ProcessEnv>): AwsEnvironment {
  const present = AWS_VARIABLES.filter((name) => environment[name]);
  return Object.fromEntries(present.map((name) => [name, environment[name]]));
}
