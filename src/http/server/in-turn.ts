import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on a connection for those ahead of them (RFC 9112, 9.3.2). Next to no client lets any wait. */
const MAX_WAITING = 100;

/**
 * Handles the requests of a connection one after another. Node hands on all that have arrived, a thousand of them in 64 kB,
 * whose answers would all be held in memory until the first has gone out. A connection on which too many wait is closed.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (response.socket !== null) {
      handle(request, response);
      return;
    }
    const others = waiting.get(socket) ?? 0;
    if (others === MAX_WAITING) {
      socket.destroy();
      return;
    }
    waiting.set(socket, others + 1);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      handle(request, response);
    });
  };
}
