import { getDomain } from 'tldts-icann';
import { OverloadedError } from '../../domain/errors/index.ts';
import { Admission } from '../../domain/work/admission.ts';
import type { Caller } from '../../domain/work/requester.ts';

/** Names that are asked for at the same time: each has sockets of its own, for up to some seconds. */
const MAX_NAMES = 1000;

/** Of these, names in one domain: its owner may delay the answers of all of them. */
const MAX_NAMES_IN_DOMAIN = 250;

/** Of the slots that no other client has, so that one client's unanswered names leave room for the next client. */
const CLIENT_SHARE = 0.5;

/** Limits how many names are asked for at once. Clients take turns. */
export class QuestionSlots {
  readonly #slots: Admission;
  readonly #inDomain = new Map<string, number>();

  /** @param queueTimeoutMs how long one request may wait, all the queues in which it waits together */
  constructor(queueTimeoutMs: number) {
    const limits = { places: MAX_NAMES, clientShare: CLIENT_SHARE, queueLimit: MAX_NAMES };
    this.#slots = new Admission({ ...limits, budget: 0, queueTimeoutMs });
  }

  /**
   * A slot for a name's question, until it is disposed of.
   *
   * @throws OverloadedError where too many names in its domain are asked for, or the wait is too long; the signal's reason
   * when that aborts
   */
  async take(name: string, caller: Caller): Promise<Disposable> {
    const domain = getDomain(name) ?? name;
    if ((this.#inDomain.get(domain) ?? 0) >= MAX_NAMES_IN_DOMAIN) throw new OverloadedError();
    using held = new DisposableStack();
    this.#count(domain, 1);
    held.defer(() => this.#count(domain, -1));
    held.use(await this.#slots.admit({ cost: 0, ...caller }));
    return held.move();
  }

  #count(domain: string, by: 1 | -1): void {
    const count = (this.#inDomain.get(domain) ?? 0) + by;
    if (count === 0) this.#inDomain.delete(domain);
    else this.#inDomain.set(domain, count);
  }
}
