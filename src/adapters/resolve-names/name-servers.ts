import type { Outcome } from './outcome.ts';
import { ask, isAnswering } from './question.ts';

export interface Asking {
  /** How often each server is asked. */
  readonly rounds: number;
  /** How long one server has for its answer. */
  readonly tryMs: number;
  readonly signal: AbortSignal;
}

const SILENCE = ['ETIMEOUT', 'ECONNREFUSED'];

/** How long a server that was silent where another was not is asked after it. */
const DEMOTED_MS = 30_000;

/** Name servers, asked in their order, and what they have shown of themselves. */
export class NameServers {
  readonly #servers: readonly string[];
  readonly #probeMs: number;
  /** Until when a server comes after the others. */
  readonly #demotedUntil = new Map<string, number>();
  #answeredAt = -Infinity;
  #lastFound: string | undefined;
  #probe: Promise<boolean> | undefined;

  /** @param probeMs how long a server has to show that it answers at all */
  constructor(servers: readonly string[], { probeMs }: { readonly probeMs: number }) {
    this.#servers = servers;
    this.#probeMs = probeMs;
  }

  get count(): number {
    return this.#servers.length;
  }

  /** Asks one server after the other until one says something of the name. Rejects with the signal's reason alone. */
  async ask(name: string, { rounds, tryMs, signal }: Asking): Promise<Outcome> {
    const order = this.#inOrder();
    const silent: string[] = [];
    let outcome: Outcome = { kind: 'failed', code: 'ETIMEOUT' };
    for (const server of Array.from({ length: rounds }, () => order).flat()) {
      outcome = await ask({ name, server, timeoutMs: tryMs, signal });
      if (outcome.kind !== 'failed') {
        this.#answered(name, outcome, server, silent);
        break;
      }
      if (SILENCE.includes(outcome.code)) silent.push(server);
    }
    return outcome;
  }

  /**
   * Whether any server has answered anything since a point in time of `performance.now()`, or does so when it is asked. If
   * none does, that a name is not resolved says nothing of the name.
   */
  async haveAnsweredSince(startedAt: number): Promise<boolean> {
    if (this.#answeredAt >= startedAt) return true;
    this.#probe ??= this.#askAnything().finally(() => (this.#probe = undefined));
    return this.#probe;
  }

  #answered(name: string, { kind }: Outcome, server: string, silent: readonly string[]): void {
    const now = performance.now();
    this.#answeredAt = now;
    if (kind === 'found') this.#lastFound = name;
    for (const other of silent) if (other !== server) this.#demotedUntil.set(other, now + DEMOTED_MS);
  }

  #inOrder(): string[] {
    const now = performance.now();
    const isDemoted = (server: string) => (this.#demotedUntil.get(server) ?? 0) > now;
    return this.#servers.toSorted((a, b) => Number(isDemoted(a)) - Number(isDemoted(b)));
  }

  async #askAnything(): Promise<boolean> {
    const probe = { timeoutMs: this.#probeMs, known: this.#lastFound };
    const answers = this.#servers.map((server) => isAnswering({ server, ...probe }));
    return (await Promise.all(answers)).includes(true);
  }
}
