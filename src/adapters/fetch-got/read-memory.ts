import type { Duplex } from 'node:stream';

/** Connections that this process has made: what comes from them, Node has put into memory that nobody else knows. */
const ownConnections = new WeakSet<Duplex>();

/** Not for what stands in for an image host in a test, and may send the same memory twice. */
export function markAsOwn(connection: Duplex): void {
  ownConnections.add(connection);
}

/**
 * Gives back the memory of each piece of a body soon after it was copied.
 *
 * Node takes new memory for each piece, outside V8's heap, and frees it with the next garbage collection; and V8 begins one,
 * of all that the heap has, for each 64 MB of it. Given back at once it brings none about, and less is held.
 */
export class ReadMemory {
  #isOwn = false;
  #last: ArrayBuffer | undefined;

  /** To be told of the connection before the body comes. */
  comesFrom(connection: Duplex): void {
    this.#isOwn = ownConnections.has(connection);
  }

  /**
   * To be told of each piece of the body, in their order, once it was copied. Its memory is given back at the next one:
   * until then it may be what the parser is reading. One that is not all of its memory shares that with others.
   */
  copied({ buffer, length }: Buffer): void {
    if (buffer === this.#last) return;
    this.#last?.transfer(0);
    const isAlone = this.#isOwn && buffer instanceof ArrayBuffer && length === buffer.byteLength;
    this.#last = isAlone ? buffer : undefined;
  }
}
