import { promises } from 'node:dns';
import { type Families, type Outcome, combine, outcomeOf } from './outcome.ts';

export interface Question {
  readonly name: string;
  /** The name server's address, or `address:port`. */
  readonly server: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Probe extends Pick<Question, 'server' | 'timeoutMs'> {
  /** A name that had an address a while ago. */
  readonly known: string | undefined;
}

/** How long addresses of one family wait for those of the other (RFC 8305, 3, has 50 ms). */
const OTHER_FAMILY_MS = 200;

/**
 * Asks one name server once for the addresses of a name, IPv4 and IPv6 at the same time; neither waits long for the
 * other. A question has a socket of its own, so that a forged answer would have to guess its port. Rejects with the signal's reason.
 */
export async function ask({ name, server, timeoutMs, signal }: Question): Promise<Outcome> {
  signal.throwIfAborted();
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server]);
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const families: Families = {};
  const settle = () => resolve(combine(families));
  // Node's own timeout is up to a second late.
  let timer = setTimeout(settle, timeoutMs);
  const take = (answer: Families) => {
    Object.assign(families, answer);
    const isWhole = families.v4 !== undefined && families.v6 !== undefined;
    // With an address, or if there is no such name, the other family has little time left.
    if (!isWhole && combine(families).kind === 'failed') return;
    clearTimeout(timer);
    if (isWhole) settle();
    else timer = setTimeout(settle, Math.min(timeoutMs, OTHER_FAMILY_MS));
  };
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  void outcomeOf(4, resolver.resolve4(name, { ttl: true })).then((v4) => take({ v4 }));
  void outcomeOf(6, resolver.resolve6(name, { ttl: true })).then((v6) => take({ v6 }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    resolver.cancel();
  }
}

/**
 * Whether a name server answers within that time: it is asked for the root, and for a name that is known to be there, as
 * some servers forward no questions for the root.
 */
export async function isAnswering({ server, timeoutMs, known }: Probe): Promise<boolean> {
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server]);
  const timer = setTimeout(() => resolver.cancel(), timeoutMs);
  try {
    const questions = [resolver.resolveNs('.'), ...(known === undefined ? [] : [resolver.resolve4(known)])];
    return await Promise.any(questions.map(isAnswer));
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    resolver.cancel();
  }
}

/** Rejects for an answer that says nothing but that the server cannot answer, or for none. */
async function isAnswer(question: Promise<unknown>): Promise<true> {
  try {
    await question;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTFOUND' && code !== 'ENODATA') throw error;
  }
  return true;
}
