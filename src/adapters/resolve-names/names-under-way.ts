import { OverloadedError } from '../../domain/errors/index.ts';

/** Names that are asked for at the same time: each has sockets of its own, for up to some seconds. */
const MAX_NAMES = 1000;

/** Of these, names in one domain: one owner may delay the answers of all of them. */
const MAX_NAMES_IN_DOMAIN = 250;

/** Limits how many names are asked for at once. Further names are refused at once. */
export class NamesUnderWay {
  readonly #inDomain = new Map<string, number>();
  #count = 0;

  /**
   * Counts a name until it is disposed of.
   *
   * @throws OverloadedError where there are too many
   */
  add(name: string): Disposable {
    const domain = name.split('.').slice(-2).join('.');
    const inDomain = this.#inDomain.get(domain) ?? 0;
    if (this.#count >= MAX_NAMES || inDomain >= MAX_NAMES_IN_DOMAIN) throw new OverloadedError();
    this.#change(domain, 1);
    return { [Symbol.dispose]: () => this.#change(domain, -1) };
  }

  #change(domain: string, by: 1 | -1): void {
    this.#count += by;
    const inDomain = (this.#inDomain.get(domain) ?? 0) + by;
    if (inDomain === 0) this.#inDomain.delete(domain);
    else this.#inDomain.set(domain, inDomain);
  }
}
