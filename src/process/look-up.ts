import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { NameResolver } from '../adapters/resolve-names/index.ts';
import { lazy } from '../domain/work/lazy.ts';
import { Requester } from '../domain/work/requester.ts';

type Callback = (
  error: NodeJS.ErrnoException | null,
  answer: string | LookupAddress[],
  family?: number,
) => void;

/** What `dns.lookup` is. */
export type LookUp = (
  hostname: string,
  ...rest: [LookupOptions | LookupOptions['family'], Callback] | [Callback]
) => void;

/** How long one name may take. */
const NAME_TIMEOUT_MS = 5000;

const NEVER = new AbortController().signal;

/**
 * Has all clients in this process that connect by themselves (of caches, AWS, traces) look names up without libuv's
 * threads, which decodes need. Most of them can be handed no function for that; Node's sockets call `dns.lookup`.
 *
 * @param servers for tests; the system's where absent
 */
export function lookUpWithoutThreads(servers?: readonly string[]): void {
  const resolver = lazy(async () => {
    const { NameResolver } = await import('../adapters/resolve-names/index.ts');
    return new NameResolver({ servers, timeoutMs: NAME_TIMEOUT_MS, queueTimeoutMs: NAME_TIMEOUT_MS });
  });
  Object.assign(dns, { lookup: lookUpBy(resolver, dns.lookup as LookUp) });
}

/**
 * A function in place of `dns.lookup`. That is asked only for a name that the DNS does not have, as the system may know it
 * from elsewhere (mDNS, its own host name); such a name was answered for, and so takes a thread for a moment only.
 */
export function lookUpBy(resolver: () => Promise<Pick<NameResolver, 'resolve'>>, system: LookUp): LookUp {
  const addressesOf = async (hostname: string) => {
    // Who looks up is the service itself, which waits behind no client and cannot leave: each time with all of its patience.
    const ourselves = { requester: new Requester(), signal: NEVER };
    return (await resolver()).resolve(hostname, ourselves);
  };
  return (hostname, ...rest) => {
    const callback = rest.at(-1);
    if (!hostname || isIP(hostname) !== 0 || typeof callback !== 'function') {
      system(hostname, ...rest);
      return;
    }
    const options = typeof rest[0] === 'object' ? rest[0] : { family: Number(rest[0]), all: false };
    addressesOf(hostname).then(
      (found) => {
        const [first, ...others] = found.filter(({ family }) => isWanted(family, options));
        if (first === undefined) system(hostname, ...rest);
        else if (options.all === true) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === dns.NOTFOUND) system(hostname, ...rest);
        else callback(notNow(hostname, error), '');
      },
    );
  };
}

function isWanted(family: number, { family: wanted }: LookupOptions): boolean {
  const number = Number(String(wanted).replace('IPv', ''));
  return number === family || (number !== 4 && number !== 6);
}

/** As the system says it. */
function notNow(hostname: string, cause: unknown): NodeJS.ErrnoException {
  const facts = { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname };
  return Object.assign(new Error(`getaddrinfo EAI_AGAIN ${hostname}`, { cause }), facts);
}
