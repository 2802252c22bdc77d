import type { GetParametersCommandOutput, SSMClient, SSMClientConfig } from '@aws-sdk/client-ssm';
import { raceSignal } from '../../domain/work/race.ts';
import { SECRET_NAMES, type Secrets } from '../../ports/secret-source.ts';

export interface ParameterStoreOptions {
  readonly prefix: string;
  readonly region: string;
  /** Milliseconds that one try may take. Three tries are made; four times as long ends it all. */
  readonly requestTimeoutMs: number;
}

/** The one call that is made to Parameter Store. Its client is loaded on first use: it costs 60 ms and 22 MB. */
export class ParameterStore {
  readonly #options: ParameterStoreOptions;
  #client: SSMClient | undefined;

  constructor(options: ParameterStoreOptions) {
    this.#options = options;
  }

  /** All secrets that are set, in one call, so that those changed together are seen together. */
  async getSecrets(signal: AbortSignal): Promise<Secrets> {
    const { prefix, requestTimeoutMs } = this.#options;
    const { GetParametersCommand, SSMClient } = await import('@aws-sdk/client-ssm');
    signal.throwIfAborted();
    this.#client ??= new SSMClient(clientSettings(this.#options));
    const command = new GetParametersCommand({
      Names: SECRET_NAMES.map((name) => prefix + name),
      WithDecryption: true,
    });
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(4 * requestTimeoutMs)]);
    // The SDK respects its abortSignal while it waits for an answer, but not while it looks for credentials or reads on.
    const answer = await raceSignal(this.#client.send(command, { abortSignal }), abortSignal);
    return toSecrets(prefix, answer);
  }

  close(): void {
    this.#client?.destroy();
  }
}

function clientSettings({ region, requestTimeoutMs }: ParameterStoreOptions): SSMClientConfig {
  const timeouts = { connectionTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs };
  // Unless it is told to throw, the SDK only warns of a request that takes too long.
  return { region, maxAttempts: 3, requestHandler: { ...timeouts, throwOnRequestTimeout: true } };
}

/** What is missing is simply not set; the answer's own list of it may be absent. */
function toSecrets(prefix: string, { Parameters = [] }: GetParametersCommandOutput): Secrets {
  const values = new Map(Parameters.map(({ Name, Value }) => [Name, Value]));
  const set = SECRET_NAMES.map((name) => [name, values.get(prefix + name) ?? ''] as const);
  return Object.freeze(Object.fromEntries(set.filter(([, value]) => value !== '')));
}
