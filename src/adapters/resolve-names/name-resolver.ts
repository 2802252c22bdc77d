import { type LookupAddress, NOTFOUND } from 'node:dns';
import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../domain/work/requester.ts';
import { SingleFlight } from '../../domain/work/single-flight.ts';
import { type Hosts, parseHosts } from './hosts-file.ts';
import { NameServers } from './name-servers.ts';
import type { Outcome } from './outcome.ts';
import { QuestionSlots } from './question-slots.ts';
import { type ResolverSettings, parseResolvConf } from './resolv-conf.ts';
import { search } from './search.ts';
import { isInside } from './search-order.ts';
import { canBeAsked, isLocalhost, loopbackFor } from './special-names.ts';
import { WatchedFile } from './watched-file.ts';

export interface NameResolverOptions {
  /** Asked in place of those of resolv.conf: addresses, or `address:port`. */
  readonly servers?: readonly string[] | undefined;
  /** How long one name may take. */
  readonly timeoutMs: number;
  /** How long a request may wait until its name is asked for, with all its other waits. */
  readonly queueTimeoutMs: number;
  /** For tests; the system's where absent. */
  readonly files?: { readonly hosts: string; readonly resolvConf: string };
}

const SYSTEM_FILES = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' };

/** Names whose addresses, or lack of them, are remembered. */
const MAX_REMEMBERED = 1000;

/** For how long, where there is no TTL: Node does not pass on a zone's time for missing names (RFC 2308). */
const REMEMBERED_MS = { missing: 5000, failed: 5000 };

/** How long name servers have to show that they answer at all; less where a name has little time. */
const MAX_PROBE_MS = 1000;

/**
 * Resolves host names as the system does, by its hosts file and resolv.conf, through c-ares: a question without
 * an answer takes a socket for some seconds, and none of the few threads that `dns.lookup` would hold meanwhile.
 */
export class NameResolver {
  readonly #options: NameResolverOptions;
  readonly #hosts: WatchedFile<Hosts>;
  readonly #settings: WatchedFile<ResolverSettings>;
  readonly #remembered = new LRUCache<string, Outcome>({ max: MAX_REMEMBERED });
  readonly #flights = new SingleFlight<string, Outcome>();
  readonly #slots: QuestionSlots;
  #servers: { readonly of: ResolverSettings; readonly servers: NameServers } | undefined;

  constructor(options: NameResolverOptions) {
    const { hosts, resolvConf } = options.files ?? SYSTEM_FILES;
    this.#options = options;
    this.#slots = new QuestionSlots(options.queueTimeoutMs);
    this.#hosts = new WatchedFile(hosts, parseHosts);
    this.#settings = new WatchedFile(resolvConf, parseResolvConf);
  }

  /**
   * The addresses of a host, IPv4 first; a literal is its own.
   *
   * @throws Error with the code ENOTFOUND where it has none; with EAI_AGAIN where its name servers do not answer
   * @throws OverloadedError where none of ours does, or too many names are asked for, or for too long; the signal's reason when that aborts
   */
  async resolve(hostname: string, caller: Caller): Promise<readonly LookupAddress[]> {
    const family = isIP(hostname);
    if (family !== 0) return [{ address: hostname, family }];
    const name = hostname.toLowerCase();
    const plain = name.replace(/\.$/, '');
    const hosts = this.#hosts.read();
    if (isLocalhost(plain)) return loopbackFor(plain, hosts);
    const listed = hosts.get(plain);
    if (listed !== undefined) return listed;
    const outcome = canBeAsked(plain) ? await this.#outcome(name, caller) : NO_SUCH_NAME;
    if (outcome.kind === 'found') return outcome.addresses;
    throw Object.assign(new Error(`${outcome.code} for ${hostname}`), {
      code: outcome.kind === 'missing' ? NOTFOUND : 'EAI_AGAIN',
    });
  }

  /** Whether a name belongs to a private network, as far as the name and the search domains show. */
  isInside(hostname: string): boolean {
    return isInside(hostname, this.#settings.read());
  }

  /** What is remembered, or what the name servers say; all who ask for a name at the same time share one question. */
  async #outcome(name: string, caller: Caller): Promise<Outcome> {
    const settings = this.#settings.read();
    const servers = this.#serversOf(settings);
    const known = this.#remembered.get(name);
    if (known !== undefined) return known;
    const { timeoutMs } = this.#options;
    return this.#flights.run(name, caller, async (flight) => {
      using _slot = await this.#slots.take(name, flight);
      const outcome = await search(name, { servers, settings, timeoutMs, signal: flight.signal });
      this.#remember(name, outcome);
      return outcome;
    });
  }

  #remember(name: string, outcome: Outcome): void {
    const ttl = outcome.kind === 'found' ? outcome.ttlMs : REMEMBERED_MS[outcome.kind];
    if (ttl > 0) this.#remembered.set(name, outcome, { ttl });
  }

  /** Those of the settings that are in force; with other settings nothing holds that was remembered before. */
  #serversOf(settings: ResolverSettings): NameServers {
    if (this.#servers?.of !== settings) {
      const { servers = settings.servers, timeoutMs } = this.#options;
      const probeMs = Math.min(MAX_PROBE_MS, timeoutMs / 2);
      this.#servers = { of: settings, servers: new NameServers(servers, { probeMs }) };
      this.#remembered.clear();
    }
    return this.#servers.servers;
  }
}

const NO_SUCH_NAME: Outcome = { kind: 'missing', code: 'ENOTFOUND' };
