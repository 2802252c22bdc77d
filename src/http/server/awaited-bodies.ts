import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Requests whose senders wait to be asked before they send their bodies (RFC 9110, 10.1.1). */
const awaited = new WeakSet<IncomingMessage>();

/** Has the server handle such requests like any other, where it would ask for every body itself, wanted or not. */
export function awaitBodies(server: Server): void {
  server.on('checkContinue', (request, response) => {
    awaited.add(request);
    server.emit('request', request, response);
  });
}

/** To be called by whoever is about to read a body. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (awaited.delete(request)) response.writeContinue();
}

/** Whether the sender still keeps the body to itself. */
export function isBodyAwaited(request: IncomingMessage): boolean {
  return awaited.has(request);
}
