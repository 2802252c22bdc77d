import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';

export interface Command {
  /** In capital letters: `GET`. */
  readonly name: string;
  readonly args: readonly Buffer[];
}

/** How the server meets a command; it may do whatever it likes to the socket. */
export type Behaviour = (command: Command, socket: Socket, server: HostileRedis) => void;

const OK = '+OK\r\n';

/** The bytes with which a get is answered. */
export function valueReply(value: Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.from('$-1\r\n');
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
}

/** As a Redis does it, with any credentials. */
export const honest: Behaviour = ({ name, args: [key, value] }, socket, { store }) => {
  if (name === 'GET') socket.write(valueReply(store.get(String(key))));
  else {
    if (name === 'SET') store.set(String(key), value ?? Buffer.alloc(0));
    socket.write(OK);
  }
};

/** A server of Redis's protocol (RESP 2) that behaves as it is told, from one command to the next. */
export class HostileRedis implements AsyncDisposable {
  readonly store = new Map<string, Buffer>();
  readonly commands: Command[] = [];
  readonly sockets = new Set<Socket>();
  behave: Behaviour = honest;
  /** Met by every connection before its first command. */
  onConnection: (socket: Socket) => void = () => undefined;
  connectionCount = 0;
  readonly #server = createServer((socket) => this.#welcome(socket));

  static async start(): Promise<HostileRedis> {
    const server = new HostileRedis();
    await server.listen(0);
    return server;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `redis://${this.address}`;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #welcome(socket: Socket): void {
    this.connectionCount += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    // The other side may leave in the middle of anything; here that is the point.
    socket.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let read = readCommand(received); read !== undefined; read = readCommand(received)) {
        received = received.subarray(read.end);
        this.commands.push(read.command);
        this.behave(read.command, socket, this);
      }
    });
    this.onConnection(socket);
  }
}

/** `*2\r\n$3\r\nget\r\n$3\r\nkey\r\n`; undefined while it is not whole. */
function readCommand(bytes: Buffer): { readonly command: Command; readonly end: number } | undefined {
  let at = 0;
  const readNumber = () => {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const number = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return number;
  };
  const count = readNumber();
  if (count === undefined) return undefined;
  const words: Buffer[] = [];
  while (words.length < count) {
    const length = readNumber();
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    words.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length + 2;
  }
  const [name, ...args] = words;
  return { command: { name: String(name).toUpperCase(), args }, end: at };
}
