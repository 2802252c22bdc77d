import { type SecretSource, SecretSourceError, type Secrets } from '../../ports/secret-source.ts';
import { toSecretSourceError } from './faults.ts';
import { ParameterStore } from './parameter-store.ts';
import { type Schedule, inBackground } from './schedule.ts';

export interface SsmSecretSourceOptions {
  /** What stands before each secret's name in Parameter Store: `thumbnailer.` or `/thumbnailer/`. */
  readonly prefix: string;
  /** The AWS region, as `eu-west-1`. */
  readonly region: string;
  /** Milliseconds from one reading to the next. */
  readonly refreshMs?: number;
  /** Milliseconds that one try of a call may take; there are three tries. */
  readonly requestTimeoutMs?: number;
  /** Told of each refresh that failed. The secrets known so far stay in use. */
  readonly onFault?: (error: SecretSourceError) => void;
  readonly schedule?: Schedule;
}

const DEFAULTS = {
  // So long a withdrawn signing key goes on being honoured, and a new password of the cache is not known. At two calls a
  // minute a hundred processes use 4 of the 40 calls a second that Parameter Store grants an account.
  refreshMs: 30_000,
  requestTimeoutMs: 3_000,
  onFault: () => undefined,
  schedule: inBackground,
} satisfies Partial<SsmSecretSourceOptions>;

const FIRST_RETRY_MS = 5_000;

/**
 * AWS Systems Manager Parameter Store. The first `read` asks it; from then on the secrets are read again in the
 * background, at a fixed pace whether or not anyone asks for them, and `read` answers what is known.
 */
export class SsmSecretSource implements SecretSource {
  readonly description: string;
  readonly #options: Required<SsmSecretSourceOptions>;
  readonly #closing = new AbortController();
  readonly #store: ParameterStore;
  #known: Secrets | undefined;
  #firstRead: Promise<Secrets> | undefined;
  #nextRefresh: Disposable | undefined;

  constructor(options: SsmSecretSourceOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#store = new ParameterStore(this.#options);
    this.description = `AWS Parameter Store, ${options.prefix}* in ${options.region}`;
  }

  async read(): Promise<Secrets> {
    if (this.#known !== undefined) return this.#known;
    // A failed first read is not kept: the next caller tries again, and all who come meanwhile share that try.
    this.#firstRead ??= this.#ask().finally(() => (this.#firstRead = undefined));
    return this.#firstRead;
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#nextRefresh?.[Symbol.dispose]();
    this.#store.close();
    return Promise.resolve();
  }

  async #ask(): Promise<Secrets> {
    try {
      this.#known = await this.#store.getSecrets(this.#closing.signal);
      this.#refreshIn(this.#options.refreshMs, FIRST_RETRY_MS);
      return this.#known;
    } catch (error) {
      if (this.#closing.signal.aborted)
        throw new SecretSourceError(`${this.description}: closed`, { cause: error });
      throw toSecretSourceError(error, this.#options);
    }
  }

  #refreshIn(delayMs: number, retryMs: number): void {
    if (this.#closing.signal.aborted) return;
    this.#nextRefresh = this.#options.schedule(() => this.#refresh(retryMs), delayMs);
  }

  /** @param retryMs after which to try again if this fails; doubled each time, up to the ordinary pace */
  async #refresh(retryMs: number): Promise<void> {
    try {
      await this.#ask();
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const delayMs = Math.min(retryMs, this.#options.refreshMs);
      this.#refreshIn(delayMs, delayMs * 2);
      this.#options.onFault(error as SecretSourceError);
    }
  }
}
