/** The name of the last part of an address's path, decoded; empty where it has none. */
export function lastPartOf({ pathname }: URL): string {
  const last = pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    // A percent sign on its own is legal in a path; the name is then shown as it is.
    return last;
  }
}

/** What makes a thumbnail's `Content-Disposition`, of the extension of its format. */
export type Disposition = (extension: string) => string;

/**
 * A `Content-Disposition` (RFC 6266) by the extension that it is to have. A name that is not plain ASCII is sent encoded
 * (RFC 8187), beside one that is, for clients that do not know that.
 */
export function dispositionOf(type: 'inline' | 'attachment', stem: string): Disposition {
  const plain = stem.replace(/[^\x20-\x7e]|%/gu, '_');
  const head = `${type}; filename="${plain}.`;
  if (plain === stem) return (extension) => `${head}${extension}"`;
  const encoded = encodeURIComponent(stem).replace(/['()*]/g, percentEncoded);
  return (extension) => `${head}${extension}"; filename*=UTF-8''${encoded}.${extension}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
