/** The secrets that the service knows, by the names that a parameter store holds them under. */
export const SECRET_NAMES = [
  'memcachier-server',
  'memcachier-username',
  'memcachier-password',
  'redis-url',
  'signing-keys',
  'source-headers',
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

/** Those secrets that are set. An empty value counts as not set. */
export type Secrets = Readonly<Partial<Record<SecretName, string>>>;

/** Where secrets come from. */
export interface SecretSource {
  /** Which source this is and where, for the log and for a person; never a secret itself. */
  readonly description: string;

  /**
   * All secrets that are set, as they stand now or stood a short while ago: a secret that was changed is seen within
   * minutes, without a restart. Secrets that were changed together are seen together. Cheap enough to be called for
   * every request. Once it has resolved, a later outage of the source leaves it answering what it last knew.
   *
   * @throws SecretSourceError when nothing has been read yet and nothing can be
   */
  read(): Promise<Secrets>;

  /** Ends what runs in the background. May be called twice. */
  close(): Promise<void>;
}

/** The secrets cannot be read. The message says which setting, permission or parameter to look at. */
export class SecretSourceError extends Error {
  override readonly name = 'SecretSourceError';
}
