/** What resolv.conf says of how names are resolved. */
export interface ResolverSettings {
  /** Name servers in the order in which they are asked: addresses, or `address:port`. */
  readonly servers: readonly string[];
  /** Domains in which a short name is looked for, without a dot at their end. */
  readonly search: readonly string[];
  /** A name with so many dots is first looked up as it is. */
  readonly ndots: number;
  /** How long one try may take at most. */
  readonly timeoutMs: number;
  /** How often each server is asked. */
  readonly attempts: number;
}

/** Defaults and limits are those of glibc. */
const MAX_SERVERS = 3;
const OPTIONS = {
  ndots: { default: 1, max: 15 },
  timeout: { default: 5, max: 30 },
  attempts: { default: 2, max: 5 },
};

/** Asked where resolv.conf is missing or names no server. */
const LOOPBACK = '127.0.0.1';

/** Reads resolv.conf as resolv.conf(5) has it; the text is empty where there is none. */
export function parseResolvConf(text: string): ResolverSettings {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  // An address with a zone (fe80::1%eth0) cannot be handed to Node's resolver.
  const servers = valuesOf(lines, 'nameserver').filter((server) => server !== '' && !server.includes('%'));
  const options = lines.filter(([keyword]) => keyword === 'options').flat();
  const numberOf = (name: keyof typeof OPTIONS) => {
    const value = options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1) ?? '';
    return /^\d{1,9}$/.test(value) ? Math.min(Number(value), OPTIONS[name].max) : OPTIONS[name].default;
  };
  return {
    servers: servers.length === 0 ? [LOOPBACK] : servers.slice(0, MAX_SERVERS),
    search: searchOf(lines),
    ndots: numberOf('ndots'),
    timeoutMs: Math.max(1, numberOf('timeout')) * 1000,
    attempts: Math.max(1, numberOf('attempts')),
  };
}

/** `search` and `domain` exclude each other: the last one counts. */
function searchOf(lines: readonly string[][]): string[] {
  const last = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain') ?? [];
  const domains = last.slice(1, last[0] === 'domain' ? 2 : undefined);
  return domains.map((domain) => domain.toLowerCase().replace(/\.$/, '')).filter((domain) => domain !== '');
}

function valuesOf(lines: readonly string[][], keyword: string): string[] {
  return lines.filter(([first]) => first === keyword).map(([, value = '']) => value);
}
