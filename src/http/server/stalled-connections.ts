import type { Server } from 'node:http';
import type { InFlightResponses } from './in-flight-responses.ts';

/**
 * Of a client that reads slowly nothing is seen to move for a while, either: the kernel takes more of an answer only when a
 * third of its buffer is free, which may have 4 MB. At 10 kB a second that takes two and a half minutes.
 */
const STALL_MS = 5 * 60_000;

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
