import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostileServer, type Meeting } from './hostile-server.ts';

export const OPCODES = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  delete: 0x04,
  getQuietly: 0x09,
  touch: 0x1c,
  saslList: 0x20,
  saslAuth: 0x21,
} as const;
export const STATUSES = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  authError: 0x20,
  outOfMemory: 0x82,
} as const;

export interface WireRequest {
  readonly opcode: number;
  readonly key: string;
  readonly value: Buffer;
  readonly opaque: number;
  /** Seconds, of what stores, or gives another time to live. */
  readonly expires: number | undefined;
}

export type Behaviour = Meeting<WireRequest>;

interface Answer {
  readonly status?: number;
  readonly extras?: Buffer;
  readonly value?: Buffer;
  /** What the header says, whatever the body has. */
  readonly bodyLength?: number;
}

/** The bytes of a response. */
export function answer(
  { opcode, opaque }: Pick<WireRequest, 'opcode' | 'opaque'>,
  options: Answer = {},
): Buffer {
  const { status = STATUSES.ok, extras = Buffer.alloc(0), value = Buffer.alloc(0) } = options;
  const header = Buffer.alloc(24);
  header[0] = 0x81;
  header[1] = opcode;
  header[4] = extras.length;
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(options.bodyLength ?? extras.length + value.length, 8);
  header.writeUInt32BE(opaque, 12);
  // A version: without one, a lease would last until it expires.
  header.writeUInt32BE(1, 20);
  return Buffer.concat([header, extras, value]);
}

/** The bytes with which a get is answered. */
export function valueAnswer(
  request: Pick<WireRequest, 'opcode' | 'opaque'>,
  value: Buffer | undefined,
): Buffer {
  return value === undefined
    ? answer(request, { status: STATUSES.notFound, value: Buffer.from('Not found') })
    : answer(request, { extras: Buffer.alloc(4), value });
}

/** As a memcached does it, with any credentials. */
export const honest: Behaviour = (request, socket, { store }) => {
  const stored = store.get(request.key);
  if (request.opcode === OPCODES.get) socket.write(valueAnswer(request, stored));
  else if (request.opcode === OPCODES.getQuietly) {
    if (stored !== undefined) socket.write(valueAnswer(request, stored));
  } else {
    const isThere = request.opcode === OPCODES.add && stored !== undefined;
    const stores: readonly number[] = [OPCODES.set, OPCODES.add];
    if (stores.includes(request.opcode) && !isThere) keep(store, request, request.value);
    if (request.opcode === OPCODES.touch && stored !== undefined) keep(store, request, stored);
    if (request.opcode === OPCODES.delete) store.delete(request.key);
    socket.write(answer(request, { status: isThere ? STATUSES.exists : STATUSES.ok }));
  }
};

/** What lives longer than any test is kept for good. */
const LONGEST_SECONDS = 600;

/** For its time to live: a lease whose release did not arrive is over with it. */
function keep(store: Map<string, Buffer>, { key, expires = 0 }: WireRequest, value: Buffer): void {
  // Another one each time, of which the timer of an earlier one knows nothing.
  const kept = Buffer.from(value);
  store.set(key, kept);
  if (expires === 0 || expires > LONGEST_SECONDS) return;
  setTimeout(() => store.get(key) === kept && store.delete(key), expires * 1000).unref();
}

/** A server of memcached's binary protocol that behaves as it is told. */
export class HostileMemcached extends HostileServer<WireRequest> {
  override behave: Behaviour = honest;

  static async start(): Promise<HostileMemcached> {
    const server = new HostileMemcached();
    await server.listen();
    return server;
  }

  protected override read(bytes: Buffer) {
    const end = frameEnd(bytes);
    return end <= bytes.length ? { request: parse(bytes.subarray(0, end)), end } : undefined;
  }
}

function frameEnd(bytes: Buffer): number {
  return bytes.length < 24 ? Infinity : 24 + bytes.readUInt32BE(8);
}

function parse(frame: Buffer): WireRequest {
  const keyAt = 24 + frame.readUInt8(4);
  const valueAt = keyAt + frame.readUInt16BE(2);
  return {
    opcode: frame.readUInt8(1),
    opaque: frame.readUInt32BE(12),
    key: frame.toString('latin1', keyAt, valueAt),
    value: Buffer.from(frame.subarray(valueAt)),
    expires: keyAt > 24 ? frame.readUInt32BE(keyAt - 4) : undefined,
  };
}

/** An address on which the kernel drops every SYN, as a firewall does: its accept queue is full and nobody empties it. */
export class BlackHole implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #fillers: readonly Socket[];
  readonly address: string;

  static async start(): Promise<BlackHole> {
    const worker = new Worker(LISTEN_AND_BLOCK, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const fillers: Socket[] = [];
    for (;;) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      fillers.push(socket);
      const full = await Promise.race([once(socket, 'connect').then(() => false), sleep(200, true)]);
      if (full) return new BlackHole(worker, fillers, port);
    }
  }

  private constructor(worker: Worker, fillers: readonly Socket[], port: number) {
    this.#worker = worker;
    this.#fillers = fillers;
    this.address = `127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#fillers) socket.destroy();
    await this.#worker.terminate();
  }
}

/** The port is told before the thread stops for good, so that it never accepts anything. */
const LISTEN_AND_BLOCK = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;
