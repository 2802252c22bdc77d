import type { Admission } from '../work/admission.ts';
import type { Caller } from '../work/requester.ts';
import type { VisitOutcome } from './host-health.ts';
import type { Hosts, Visit } from './hosts.ts';

export interface DownloadSlotsOptions {
  readonly hosts: Hosts;
  readonly misses: Admission;
}

/**
 * What one download holds: a slot at the host that it asks, and one of the misses. The host's always comes first, so that
 * whatever waits for a host holds nothing that another could use.
 */
export class DownloadSlots implements Disposable {
  readonly #options: DownloadSlotsOptions;
  #visit: Visit | undefined;
  #miss: Disposable | undefined;
  #isDisposed = false;

  constructor(options: DownloadSlotsOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the host may be asked; one that was asked before has answered then, with a redirect.
   *
   * @throws as `Hosts.visit` and `Admission.admit`
   */
  async goTo(host: string, { requester, signal }: Caller): Promise<void> {
    if (this.#visit?.host === host) return;
    const { hosts, misses } = this.#options;
    this.leaveHost('in-time');
    if (!hosts.hasRoom(host)) this.#giveUpMiss();
    this.#visit = this.#kept(await hosts.visit(host, { requester, signal }));
    this.#miss ??= this.#kept(await misses.admit({ cost: 0, requester, signal }));
  }

  /** Of the host nothing more is wanted. */
  leaveHost(outcome: VisitOutcome): void {
    this.#visit?.end(outcome);
    this.#visit = undefined;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.leaveHost('unknown');
    this.#giveUpMiss();
  }

  /** What comes after the end goes back at once. */
  #kept<T extends Disposable>(slot: T): T | undefined {
    if (!this.#isDisposed) return slot;
    slot[Symbol.dispose]();
    return undefined;
  }

  #giveUpMiss(): void {
    this.#miss?.[Symbol.dispose]();
    this.#miss = undefined;
  }
}
