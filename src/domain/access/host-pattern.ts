/** A host name; with a leading dot, a name and all names below it (`.example.com` also means `example.com`); `*`, any. */
export type HostPattern = string;

/**
 * Whether a host name matches one of the patterns. Names are compared in lower case and without the dot that a fully
 * qualified name may end with; an IPv6 address stands in brackets on both sides. The leading dot is matched as a
 * whole label, so that `.example.com` does not let `evilexample.com` pass.
 */
export function matchesHost(hostname: string, patterns: readonly HostPattern[]): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return patterns.some((pattern) =>
    pattern.startsWith('.')
      ? name === pattern.slice(1) || name.endsWith(pattern)
      : name === pattern || pattern === '*',
  );
}
