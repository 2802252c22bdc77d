/**
 * Requests of memcached's binary protocol as memjs does not make them: it has no delete of a certain version, its `add`
 * does not say which version it made, and for a `get` it allocates five buffers where there is need of one. What they carry
 * is described in "Memcached Binary Protocol".
 */

/** The CAS of an item, 8 bytes: another one each time that something is stored under its key. */
export type Version = Buffer & { readonly __brand: 'Version' };

/** What memjs calls back with; bytes of it are views of a larger buffer. */
export interface Response {
  readonly header: { readonly status: number; readonly cas: Buffer };
  readonly val: Buffer;
}

const STATUSES = { ok: 0x00, notFound: 0x01, exists: 0x02, tooLarge: 0x03, outOfMemory: 0x82 };

const MAGIC = 0x80;
const OPCODES = { get: 0x00, add: 0x02, delete: 0x04, getQuietly: 0x09, touch: 0x1c } as const;
const HEADER_BYTES = 24;
const NONE = Buffer.alloc(0);

export function getRequest(key: string, opaque: number): Buffer {
  return request(OPCODES.get, opaque, { key });
}

/** One that is answered only where there is something, or an error. */
export function quietGetRequest(key: string, opaque: number): Buffer {
  return request(OPCODES.getQuietly, opaque, { key });
}

export function addRequest(key: string, value: Buffer, seconds: number, opaque: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(seconds, 4);
  return request(OPCODES.add, opaque, { extras, key, value });
}

/** Gives what is under the key another time to live. */
export function touchRequest(key: string, seconds: number, opaque: number): Buffer {
  const extras = Buffer.alloc(4);
  extras.writeUInt32BE(seconds);
  return request(OPCODES.touch, opaque, { extras, key });
}

export function deleteVersionRequest(key: string, version: Version, opaque: number): Buffer {
  return request(OPCODES.delete, opaque, { key, version });
}

/** @returns undefined where there is none; @throws Error with any other status */
export function foundValue({ header: { status }, val }: Response): Buffer | undefined {
  if (status === STATUSES.ok) return val;
  if (status === STATUSES.notFound) return undefined;
  throw new Error(`the server refused to get (status ${status})`);
}

/** @returns undefined where there was something already; @throws Error with any other status */
export function addedVersion({ header }: Response): Version | 'no-room' | undefined {
  const { status, cas } = header;
  if (status === STATUSES.ok) return Buffer.from(cas) as Version;
  if (status === STATUSES.exists) return undefined;
  if (status === STATUSES.tooLarge || status === STATUSES.outOfMemory) return 'no-room';
  throw new Error(`the server refused to add (status ${status})`);
}

/** Whether there was something to touch. @throws Error with any other status */
export function wasTouched({ header: { status } }: Response): boolean {
  if (status === STATUSES.ok || status === STATUSES.notFound) return status === STATUSES.ok;
  throw new Error(`the server refused to touch (status ${status})`);
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
  readonly value?: Buffer;
  readonly version?: Version;
}

function request(
  opcode: number,
  opaque: number,
  { extras = NONE, key, value = NONE, version }: Parts,
): Buffer {
  const keyAt = HEADER_BYTES + extras.length;
  const valueAt = keyAt + Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(valueAt + value.length).fill(0, 0, HEADER_BYTES);
  bytes.writeUInt8(MAGIC, 0);
  bytes.writeUInt8(opcode, 1);
  bytes.writeUInt16BE(valueAt - keyAt, 2);
  bytes.writeUInt8(extras.length, 4);
  bytes.writeUInt32BE(bytes.length - HEADER_BYTES, 8);
  bytes.writeUInt32BE(opaque, 12);
  version?.copy(bytes, 16);
  extras.copy(bytes, HEADER_BYTES);
  bytes.write(key, keyAt);
  value.copy(bytes, valueAt);
  return bytes;
}
