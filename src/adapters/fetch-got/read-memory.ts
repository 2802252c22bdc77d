import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { freeMemory } from '../../domain/work/process-memory.ts';

/** Connections that this process has made: what comes from them, Node has put into memory that nobody else knows. */
const ownConnections = new WeakSet<Duplex>();

/** Not for what stands in for an image host in a test, and may send the same memory twice. */
export function markAsOwn(connection: Duplex): void {
  ownConnections.add(connection);
}

/**
 * Gives back the memory of a body soon after it was copied.
 *
 * Node takes new memory for each read of a connection, and its parser for each piece that it passes on, outside V8's heap, and
 * frees them with the next garbage collection; and V8 begins one, of all that the heap has, for each 64 MB of it. Given back at
 * once it brings none about, and less is held.
 */
export class ReadMemory {
  #connection: Duplex | undefined;
  #last: ArrayBuffer | undefined;

  /** To be told of the connection once the parser listens to it, and before the body comes. */
  comesFrom(connection: Duplex): void {
    if (!ownConnections.has(connection)) return;
    this.#connection = connection;
    // The parser has copied what it passes on by then.
    connection.on('data', giveBack);
  }

  /** Before the parser of the next exchange listens to the connection. */
  leave(): void {
    this.#connection?.off('data', giveBack);
  }

  /**
   * To be told of each piece of the body, in their order, once it was copied. Its memory is given back at the next one:
   * until then the stream may hold it. One that is not all of its memory shares that with others.
   */
  copied(piece: Buffer): void {
    const { buffer } = piece;
    if (buffer === this.#last) return;
    this.#last?.transfer(0);
    this.#last = this.#connection !== undefined && isAlone(piece) ? piece.buffer : undefined;
  }
}

/** What stands in for an image host in a test has memory of its own, and its connection has read nothing. */
function giveBack(this: Partial<Pick<Socket, 'bytesRead'>>, read: Buffer): void {
  if (this.bytesRead !== undefined && this.bytesRead > 0 && isAlone(read)) freeMemory(read);
}

function isAlone(bytes: Buffer): bytes is Buffer<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength;
}
