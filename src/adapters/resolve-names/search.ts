import { OverloadedError } from '../../domain/errors/index.ts';
import { withDeadline } from '../../domain/work/deadline.ts';
import type { NameServers } from './name-servers.ts';
import type { Outcome } from './outcome.ts';
import type { ResolverSettings } from './resolv-conf.ts';
import { searchOrder } from './search-order.ts';

export interface Search {
  readonly servers: NameServers;
  readonly settings: ResolverSettings;
  /** For all names that are tried, and all servers. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** No try is shorter, however many there are. */
const MIN_TRY_MS = 250;

/**
 * Asks for a name where it may be: as it is, and in the search domains.
 *
 * @throws OverloadedError where no server of ours answers anything; the signal's reason when that aborts
 */
export async function search(hostname: string, options: Search): Promise<Outcome> {
  const { servers, timeoutMs, signal } = options;
  const startedAt = performance.now();
  const outcome = await inTime(hostname, options);
  if (outcome.kind !== 'failed' || (await servers.haveAnsweredSince(startedAt))) return outcome;
  signal.throwIfAborted();
  throw new OverloadedError(undefined, {
    cause: new Error(`no name server answers within ${timeoutMs} ms: ${outcome.code} for ${hostname}`),
  });
}

async function inTime(hostname: string, options: Search): Promise<Outcome> {
  using deadline = withDeadline(options.signal, options.timeoutMs, () => new Error('the name took too long'));
  try {
    return await inOrder(hostname, { ...options, signal: deadline.signal });
  } catch (error) {
    if (options.signal.aborted || !deadline.signal.aborted) throw error;
    return { kind: 'failed', code: 'ETIMEOUT' };
  }
}

async function inOrder(hostname: string, { servers, settings, timeoutMs, signal }: Search): Promise<Outcome> {
  const { attempts } = settings;
  const share = Math.ceil(timeoutMs / (servers.count * attempts));
  const tryMs = Math.max(MIN_TRY_MS, Math.min(settings.timeoutMs, share));
  const names = searchOrder(hostname, settings);
  const asItIs = hostname.replace(/\.$/, '');
  let isSilent = false;
  let failure: Outcome | undefined;
  for (const name of names) {
    // As in glibc: after a domain whose servers are silent, no further domain is tried.
    if (isSilent && name !== asItIs) continue;
    // A domain of ours is not to use up the time of the name itself.
    const rounds = name === asItIs ? attempts : 1;
    const outcome = await servers.ask(name, { rounds, tryMs, signal });
    if (outcome.kind === 'found') return outcome;
    if (outcome.kind === 'failed') {
      failure = outcome;
      isSilent ||= outcome.code !== 'ESERVFAIL';
    }
  }
  return failure ?? { kind: 'missing', code: 'ENOTFOUND' };
}
