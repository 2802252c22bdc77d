import type { SecretSource, Secrets } from '../../ports/secret-source.ts';
import { type SigningKeys, parseSigningKeys } from './signature.ts';

export interface KeyringOptions {
  readonly secrets: SecretSource;
  /** Told once of each value that cannot be used. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds for which the keys that were read last are good without asking again. */
  readonly maxAgeMs?: number | undefined;
}

/** Secrets themselves are seen within minutes only; a second more is not noticed, and spares every request a promise. */
const MAX_AGE_MS = 1000;

/** The keys that signatures are verified with, as the secret source has them now, or had them a second ago. */
export class Keyring {
  readonly #options: KeyringOptions;
  readonly #maxAgeMs: number;
  #text: string | undefined;
  #keys: SigningKeys = new Map();
  #readAtMs = -Infinity;

  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#maxAgeMs = options.maxAgeMs ?? MAX_AGE_MS;
  }

  /**
   * No keys where none are set. When they were changed to something that cannot be read, the ones before it stay in
   * use: a slip of an operator's hand must not refuse everyone who holds a signed address.
   */
  keys(): SigningKeys | Promise<SigningKeys> {
    if (performance.now() - this.#readAtMs < this.#maxAgeMs) return this.#keys;
    return this.#options.secrets.read().then(this.#take);
  }

  readonly #take = ({ 'signing-keys': text }: Secrets): SigningKeys => {
    this.#readAtMs = performance.now();
    if (text !== this.#text) {
      this.#text = text;
      this.#parse(text);
    }
    return this.#keys;
  };

  #parse(text: string | undefined): void {
    try {
      this.#keys = text === undefined ? new Map() : parseSigningKeys(text);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
