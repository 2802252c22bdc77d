import { SourceSuspendedError } from '../errors/index.ts';
import type { Admission } from '../work/admission.ts';
import type { Caller } from '../work/requester.ts';
import { HostHealth, type VisitOutcome } from './host-health.ts';

export interface HostsOptions {
  /** Makes the admission of one host: so many downloads at once, and so many that wait. */
  readonly admission: () => Admission;
  /** Milliseconds. */
  readonly now: () => number;
  /** Told when a host has not answered in time again and again, with how long it is left alone, and after each failed probe. */
  readonly onSuspended?: ((host: string, pauseMs: number) => void) | undefined;
  /** Told when a host that was suspended has answered in time. */
  readonly onRecovered?: ((host: string) => void) | undefined;
}

/** One download's slot at a host. Disposing of it (twice is once) counts as an end of which nothing is known. */
export interface Visit extends Disposable {
  readonly host: string;
  end(outcome: VisitOutcome): void;
}

interface Host {
  readonly admission: Admission;
  readonly health: HostHealth;
}

/** Hosts that are remembered although nobody visits them, because they were late. */
const MAX_REMEMBERED = 1000;

/**
 * The hosts that images are downloaded from. Each has its own slots and its own queue, so that those who wait for a slow
 * one take no place from the others; and one that is late again and again is asked rarely, while its requests fail fast.
 */
export class Hosts {
  readonly #options: HostsOptions;
  /** In the order of their last use. */
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostsOptions) {
    this.#options = options;
  }

  /** Downloads that have a slot at their host. */
  get inside(): number {
    return this.#sum(({ admission }) => admission.inside);
  }

  /** Downloads that wait for one. */
  get waiting(): number {
    return this.#sum(({ admission }) => admission.waiting);
  }

  /** How many hosts are asked rarely. */
  get suspended(): number {
    return this.#sum(({ health }) => (health.isOpen ? 1 : 0));
  }

  /** @throws SourceSuspendedError where the host is to be left alone now */
  check(name: string): void {
    const pauseMs = this.#hosts.get(name)?.health.pauseMs ?? 0;
    if (pauseMs > 0) throw new SourceSuspendedError(pauseMs);
  }

  /** Whether `visit` would resolve without a wait. */
  hasRoom(name: string): boolean {
    return this.#hosts.get(name)?.admission.isFull !== true;
  }

  /**
   * Resolves once the host may be asked.
   *
   * @throws SourceSuspendedError where the host is to be left alone; and what `Admission.admit` does
   */
  async visit(name: string, { requester, signal }: Caller): Promise<Visit> {
    this.check(name);
    const host = this.#use(name);
    try {
      using slot = new DisposableStack();
      slot.use(await host.admission.admit({ cost: 0, requester, signal }));
      // It may have been found slow meanwhile.
      this.check(name);
      const kept = slot.move();
      return this.#begin(name, host, kept);
    } finally {
      this.#forget(name, host);
    }
  }

  #begin(name: string, host: Host, slot: Disposable): Visit {
    const ended = host.health.begin();
    let isOver = false;
    const end = (outcome: VisitOutcome) => {
      if (isOver) return;
      isOver = true;
      this.#tell(name, host, outcome, ended);
      slot[Symbol.dispose]();
      this.#forget(name, host);
    };
    return { host: name, end, [Symbol.dispose]: () => end('unknown') };
  }

  #tell(name: string, { health }: Host, outcome: VisitOutcome, ended: (outcome: VisitOutcome) => void): void {
    const before = { isOpen: health.isOpen, pauseMs: health.pauseMs };
    ended(outcome);
    if (outcome === 'in-time' && before.isOpen) this.#options.onRecovered?.(name);
    const isNews = !before.isOpen || health.pauseMs > before.pauseMs;
    if (outcome === 'late' && health.isOpen && isNews) this.#options.onSuspended?.(name, health.pauseMs);
  }

  /** As the last one that was used. */
  #use(name: string): Host {
    const { admission, now } = this.#options;
    const host = this.#hosts.get(name) ?? { admission: admission(), health: new HostHealth(now) };
    this.#hosts.delete(name);
    this.#hosts.set(name, host);
    return host;
  }

  /** Lets go of the host where there is nothing to remember, or of those that were idle for longest where it is too much. */
  #forget(name: string, host: Host): void {
    if (isIdle(host) && host.health.isClean) this.#hosts.delete(name);
    if (this.#hosts.size <= MAX_REMEMBERED) return;
    for (const [oldest, candidate] of this.#hosts) {
      if (!isIdle(candidate)) continue;
      this.#hosts.delete(oldest);
      return;
    }
  }

  #sum(count: (host: Host) => number): number {
    let sum = 0;
    for (const host of this.#hosts.values()) sum += count(host);
    return sum;
  }
}

function isIdle({ admission }: Host): boolean {
  return admission.inside === 0 && admission.waiting === 0;
}
