/**
 * Two requests of memcached's binary protocol as memjs does not make them: it has no delete of a certain version, and
 * its `add` does not say which version it made. What they carry is described in "Memcached Binary Protocol".
 */

/** The CAS of an item, 8 bytes: another one each time that something is stored under its key. */
export type Version = Buffer & { readonly __brand: 'Version' };

/** What memjs calls back with; bytes of it are views of a larger buffer. */
export interface Response {
  readonly header: { readonly status: number; readonly cas: Buffer };
}

const STATUSES = { ok: 0x00, notFound: 0x01, exists: 0x02, tooLarge: 0x03, outOfMemory: 0x82 };

const MAGIC = 0x80;
const OPCODES = { add: 0x02, delete: 0x04 } as const;
const HEADER_BYTES = 24;

export function addRequest(key: string, value: string, seconds: number, opaque: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(seconds, 4);
  return request(OPCODES.add, opaque, { extras, key, value });
}

export function deleteVersionRequest(key: string, version: Version, opaque: number): Buffer {
  return request(OPCODES.delete, opaque, { key, version });
}

/** @returns undefined where there was something already, or no room; @throws Error with any other status */
export function addedVersion({ header }: Response): Version | undefined {
  const { status, cas } = header;
  if (status === STATUSES.ok) return Buffer.from(cas) as Version;
  if ([STATUSES.exists, STATUSES.tooLarge, STATUSES.outOfMemory].includes(status)) return undefined;
  throw new Error(`the server refused to add (status ${status})`);
}

/** It may have gone already, or have another version now. @throws Error with any other status */
export function checkDeleted({ header: { status } }: Response): void {
  if ([STATUSES.ok, STATUSES.notFound, STATUSES.exists].includes(status)) return;
  throw new Error(`the server refused to delete (status ${status})`);
}

/** A server that was told to keep no versions (`-C`) gives 0, and would take it for any version. */
export function isUnversioned(version: Version): boolean {
  return version.every((byte) => byte === 0);
}

interface Parts {
  readonly extras?: Buffer;
  readonly key: string;
  readonly value?: string;
  readonly version?: Version;
}

function request(
  opcode: number,
  opaque: number,
  { extras = Buffer.alloc(0), key, value = '', version }: Parts,
): Buffer {
  const body = Buffer.concat([extras, Buffer.from(key), Buffer.from(value)]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(MAGIC, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(Buffer.byteLength(key), 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(opaque, 12);
  version?.copy(header, 16);
  return Buffer.concat([header, body]);
}
