import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';

/** How the server meets a request; it may do whatever it likes to the socket. */
export type Meeting<Request> = (
  request: Request,
  socket: Socket,
  server: { readonly store: Map<string, Buffer> },
) => void;

/** A cache server that behaves as it is told, from one request to the next. */
export abstract class HostileServer<Request> implements AsyncDisposable {
  readonly store = new Map<string, Buffer>();
  readonly requests: Request[] = [];
  readonly sockets = new Set<Socket>();
  abstract behave: Meeting<Request>;
  /** Met by every connection before its first request. */
  onConnection: (socket: Socket) => void = () => undefined;
  connectionCount = 0;
  readonly #server = createServer((socket) => this.#welcome(socket));

  #port = 0;

  /** `host:port`, the same after it was disposed of. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** A second time, where it was before. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The request at the beginning of the bytes, and where it ends; undefined while it is not whole. */
  protected abstract read(bytes: Buffer): { readonly request: Request; readonly end: number } | undefined;

  #welcome(socket: Socket): void {
    this.connectionCount += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    // The other side may leave in the middle of anything; here that is the point.
    socket.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let read = this.read(received); read !== undefined; read = this.read(received)) {
        received = received.subarray(read.end);
        this.requests.push(read.request);
        this.behave(read.request, socket, this);
      }
    });
    this.onConnection(socket);
  }
}
