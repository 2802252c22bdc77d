import type { Socket } from 'node:net';
import { forever, startRawOrigin } from './raw-origin.ts';

/** What is written; the connection stays open unless something else is done with it. */
type Answer = string | ((socket: Socket) => void);

/**
 * A raw origin that takes any number of requests on a connection, for what may happen on one that a client keeps:
 *
 *     await using origin = await startPatientOrigin((request) => `HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${request}`);
 *
 * @param answer is handed the number of the request, counted over all connections from 0
 */
export async function startPatientOrigin(answer: (request: number) => Answer) {
  /** The heads, as they came. */
  const requests: string[] = [];
  /** Open or not, in the order in which they were made. */
  const sockets: Socket[] = [];
  const play = (request: string, socket: Socket) => {
    const next = answer(requests.push(request) - 1);
    if (typeof next === 'string') socket.write(next, 'latin1');
    else next(socket);
  };
  const script = ({ request, socket }: { request: string; socket: Socket }) => {
    sockets.push(socket);
    play(request, socket);
    let head = '';
    socket.on('data', (piece: Buffer) => {
      head += piece.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      play(head, socket);
      head = '';
    });
    return forever();
  };
  return Object.assign(await startRawOrigin(script, { host: '127.0.0.2' }), { requests, sockets });
}
