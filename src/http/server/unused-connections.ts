import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { InFlightResponses } from './in-flight-responses.ts';

/**
 * Finds the connections on which no request is whole: browsers open them ahead of need, and keep them for minutes; and a head
 * that has begun may never go on. To Node they are not idle but have a request under way.
 *
 * @returns what closes those that there are then
 */
export function watchUnusedConnections(server: Server, inFlight: InFlightResponses): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (inFlight.responseOn(socket) === undefined) socket.destroy();
  };
}
