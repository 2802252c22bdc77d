import { SECRET_NAMES, type SecretSource, type Secrets } from '../../ports/secret-source.ts';

/** The environment as it stood at the start. A process's environment cannot be changed from outside, so neither can these. */
export class EnvSecretSource implements SecretSource {
  readonly description = 'environment variables';
  readonly #secrets: Secrets;

  /** @param values by the secrets' names; the reader of the environment knows which variable holds which */
  constructor({ values }: { readonly values: Readonly<Record<string, string | undefined>> }) {
    const set = SECRET_NAMES.map((name) => [name, values[name] ?? ''] as const).filter(
      ([, value]) => value !== '',
    );
    this.#secrets = Object.freeze(Object.fromEntries(set));
  }

  read(): Promise<Secrets> {
    return Promise.resolve(this.#secrets);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
