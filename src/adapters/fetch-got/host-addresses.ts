import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverloadedError, SourceForbiddenError } from '../../domain/errors/index.ts';
import { raceSignal } from '../../domain/work/race.ts';
import type { Caller } from '../../domain/work/requester.ts';
import { type AddressPolicy, whyForbidden } from './address-rules.ts';

/** Resolves host names; `NameResolver` is one. */
export interface HostNames {
  /** Rejects with the code ENOTFOUND where there is no such name or it has no address. */
  resolve(hostname: string, caller: Caller): Promise<readonly LookupAddress[]>;
  /** Whether a name belongs to a private network, as far as the name alone shows. */
  isInside(hostname: string): boolean;
}

export interface HostAddressesOptions {
  readonly names: HostNames;
  readonly addresses: AddressPolicy;
}

/** A refused name of a private network is answered after a multiple of this, so that the time tells nothing. */
const REFUSAL_STEP_MS = 100;

/** What hosts resolve to, as far as they may be connected to. */
export class HostAddresses {
  readonly #names: HostNames;
  readonly #policy: AddressPolicy;

  constructor({ names, addresses }: HostAddressesOptions) {
    this.#names = names;
    this.#policy = addresses;
  }

  /**
   * The addresses of a host, given by name or literally. For a name of a private network, neither the answer nor its time
   * tells whether the name exists: a missing name is refused like one that may not be fetched from.
   *
   * @throws SourceForbiddenError where one of them may not be connected to; else as `HostNames.resolve`
   */
  async of(hostname: string, caller: Caller): Promise<readonly LookupAddress[]> {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 || !this.#names.isInside(host)) return this.#allowed(host, caller);
    const startedAt = performance.now();
    try {
      return await this.#allowed(host, caller);
    } catch (error) {
      caller.signal.throwIfAborted();
      // Without exceptions for private networks, such a name is forbidden whatever it resolves to.
      const mayBeAllowed = this.#policy.allowedPrivateNetworks.length > 0;
      if (error instanceof OverloadedError && mayBeAllowed) throw error;
      const passedMs = performance.now() - startedAt;
      await raceSignal(sleep(REFUSAL_STEP_MS - (passedMs % REFUSAL_STEP_MS)), caller.signal);
      throw error instanceof SourceForbiddenError ? error : new SourceForbiddenError('', { cause: error });
    }
  }

  /** @throws SourceForbiddenError for the first of these addresses that may not be connected to */
  check(hostname: string, found: readonly LookupAddress[]): void {
    for (const { address } of found) {
      const reason = whyForbidden(address, this.#policy);
      if (reason !== undefined) throw new SourceForbiddenError(`${hostname} is ${address}: ${reason}`);
    }
  }

  async #allowed(host: string, caller: Caller): Promise<readonly LookupAddress[]> {
    const found = await this.#names.resolve(host, caller);
    this.check(host, found);
    return found;
  }
}
