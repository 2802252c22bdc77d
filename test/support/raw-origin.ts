import { type Socket, createServer } from 'node:net';
import { Connections } from '../../scripts/kit/connections.ts';

/** A connection to a raw origin, its request read up to the blank line. */
interface RawConnection {
  /** The request, as it came. */
  readonly request: string;
  readonly socket: Socket;
  /** Writes, and waits while the other side takes nothing; false once it has closed the connection. */
  readonly send: (bytes: string | Uint8Array) => Promise<boolean>;
}

/** Plays the server's side of a connection; the connection is closed when it returns. */
export type Script = (connection: RawConnection) => Promise<unknown>;

/**
 * A server that speaks whatever it is told to, for answers that no HTTP library would send:
 *
 *     await using origin = await startRawOrigin('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort');
 */
export async function startRawOrigin(
  script: string | Script,
  { host = '127.0.0.1' } = {},
): Promise<RawOrigin> {
  const play: Script = typeof script === 'function' ? script : ({ send }) => send(script);
  const origin = new RawOrigin(play, host);
  await origin.listen();
  return origin;
}

/** Never returns: leaves the connection open until the other side closes it. */
export function forever(): Promise<never> {
  return new Promise(() => undefined);
}

class RawOrigin implements AsyncDisposable {
  readonly #connections: Connections;
  readonly #host: string;
  #port = 0;
  #bytesSent = 0;

  constructor(play: Script, host: string) {
    this.#host = host;
    const server = createServer((socket) => void this.#serve(socket, play));
    this.#connections = new Connections(server);
  }

  async listen(): Promise<void> {
    this.#port = await this.#connections.listen(this.#host);
  }

  get port(): number {
    return this.#port;
  }

  url(path = '/'): string {
    return `http://${this.#host}:${this.#port}${path}`;
  }

  /** All connections that were ever made. */
  get connections(): number {
    return this.#connections.count;
  }

  /** By all connections, counted when they were handed to the operating system. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    await this.#connections.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }

  async #serve(socket: Socket, play: Script): Promise<void> {
    const request = await readHead(socket);
    const send = async (bytes: string | Uint8Array) => {
      if (socket.destroyed) return false;
      this.#bytesSent += bytes.length;
      if (!socket.write(bytes)) await drained(socket);
      return !socket.destroyed;
    };
    await play({ request, socket, send });
    socket.end();
  }
}

/** Until more may be written, or the connection is closed. */
async function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const onEither = () => resolve(undefined);
  socket.once('drain', onEither).once('close', onEither);
  await promise;
  socket.off('drain', onEither).off('close', onEither);
}

/** Up to the blank line, or, should the connection end before, as much as came. */
async function readHead(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let head = '';
  socket.on('data', (chunk: Buffer) => {
    head += chunk.toString('latin1');
    if (head.includes('\r\n\r\n')) resolve(undefined);
  });
  socket.once('close', () => resolve(undefined));
  await promise;
  return head;
}
