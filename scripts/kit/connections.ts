import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Listens on a free port of a loopback address and knows every connection, so that a test can ask about them. */
export class Connections {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #onIdle = new Set<() => void>();
  #count = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#track(socket));
  }

  /** All that were ever made. */
  get count(): number {
    return this.#count;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Resolves when none is open (any more); a test that waits for nothing runs into its time limit. */
  async idle(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onIdle.add(resolve));
  }

  /** @returns the port */
  async listen(host: string): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    this.#count += 1;
    this.#open.add(socket);
    // A client that breaks off is what many tests are about.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size > 0) return;
      for (const resolve of this.#onIdle) resolve();
      this.#onIdle.clear();
    });
  }
}
