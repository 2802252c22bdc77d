import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

interface Entry {
  readonly response: ServerResponse;
  /** Its index in the list. */
  place: number;
}

/**
 * The responses that have begun and not ended. Each is added when its request arrives; its one `close` listener removes
 * it, tells the log, and while draining has its connection closed.
 */
export class InFlightResponses {
  // Not a Set: one that changes with every request keeps V8 from collecting what is young (docs/performance.md).
  readonly #entries: Entry[] = [];
  #closeConnections: (() => void) | undefined;

  get count(): number {
    return this.#entries.length;
  }

  /** The one that a connection is for now. */
  responseOn(socket: Duplex): ServerResponse | undefined {
    return this.#entries.find(({ response }) => response.socket === socket)?.response;
  }

  /** @param onEnd is called once, when the response has gone out or its client has left */
  add(response: ServerResponse, onEnd?: () => void): void {
    const entry: Entry = { response, place: this.#entries.length };
    this.#entries.push(entry);
    if (this.#closeConnections !== undefined) announceClose(response);
    response.on('close', () => {
      this.#remove(entry);
      onEnd?.();
      this.#closeConnections?.();
    });
  }

  /**
   * From now on each response, those in flight included, tells its client that the connection closes after it.
   *
   * @param closeConnections is called after each, to close those connections
   */
  drain(closeConnections: () => void): void {
    this.#closeConnections = closeConnections;
    for (const { response } of this.#entries) announceClose(response);
  }

  /** The last entry takes its place. */
  #remove({ place }: Entry): void {
    const last = this.#entries.pop();
    if (last === undefined || last.place === place) return;
    last.place = place;
    this.#entries[place] = last;
  }
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
