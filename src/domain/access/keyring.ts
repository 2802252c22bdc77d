import type { SecretSource, Secrets } from '../../ports/secret-source.ts';
import { type SigningKeys, parseSigningKeys } from './signature.ts';

export interface KeyringOptions {
  readonly secrets: SecretSource;
  /** Told once of each value that cannot be used. */
  readonly onFault: (error: unknown) => void;
}

/** The keys that signatures are verified with, as the secret source has them now. */
export class Keyring {
  readonly #options: KeyringOptions;
  #text: string | undefined;
  #keys: SigningKeys = new Map();

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /**
   * No keys where none are set. When they were changed to something that cannot be read, the ones before it stay in
   * use: a slip of an operator's hand must not turn away everyone who holds a signed address.
   */
  keys(): Promise<SigningKeys> {
    return this.#options.secrets.read().then(this.#keysIn);
  }

  /** The same without a promise, where the secret source has its secrets at hand. */
  peek(): SigningKeys | undefined {
    const secrets = this.#options.secrets.peek?.();
    return secrets && this.#keysIn(secrets);
  }

  readonly #keysIn = ({ 'signing-keys': text }: Secrets): SigningKeys => {
    if (text !== this.#text) {
      this.#text = text;
      this.#take(text);
    }
    return this.#keys;
  };

  #take(text: string | undefined): void {
    try {
      this.#keys = text === undefined ? new Map() : parseSigningKeys(text);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
