import type { Server } from 'node:http';
import type { InFlightResponses } from './in-flight-responses.ts';

/** Longer than load balancers keep connections that they do not use. */
const STALL_MS = 70_000;

/**
 * Closes connections on which nothing moves, unless their request is still worked on. A client that takes nothing of its
 * answer would otherwise hold it in memory for as long as it likes.
 */
export function closeStalled(server: Server, inFlight: InFlightResponses): void {
  // Node closes none by itself where it has somebody to tell: not those either that were kept open for long enough.
  server.setTimeout(STALL_MS, (socket) => {
    if (inFlight.responseOn(socket)?.headersSent !== false) socket.destroy();
  });
}
