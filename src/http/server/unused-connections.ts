import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Finds the connections on which nothing has come yet: browsers open them ahead of need, and keep them for minutes. To Node
 * they are not idle but have a request under way.
 *
 * @returns what closes those that there are then
 */
export function watchUnusedConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
