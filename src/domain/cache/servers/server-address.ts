/** Where a server is. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** `host:port`: what names the server, in lists and in messages. */
  readonly text: string;
}

/** Reads `host:port` or a host alone; IPv6 stands in brackets. Undefined where it is neither. */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  const [, host, digits] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = Number(digits ?? defaultPort);
  if (host === undefined || !isPort(port)) return undefined;
  return serverAt(host.replace(/^\[|\]$/g, ''), port);
}

/** Whether a server can be reached there. */
export function isPort(port: unknown): port is number {
  return Number.isInteger(port) && (port as number) > 0 && (port as number) <= 65_535;
}

/** The address of a server whose host, IPv6 without brackets, and port are known. */
export function serverAt(host: string, port: number): ServerAddress {
  const shown = host.includes(':') ? `[${host}]` : host;
  return { host, port, text: `${shown.toLowerCase()}:${port}` };
}
