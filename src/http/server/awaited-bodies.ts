import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Requests whose senders wait to be asked before they send their bodies (RFC 9110, 10.1.1). */
const awaited = new WeakSet<IncomingMessage>();

/** Has the server handle such requests like any other; by default it asks for every body itself, even an unwanted one. */
export function awaitBodies(server: Server): void {
  server.on('checkContinue', (request, response) => {
    awaited.add(request);
    server.emit('request', request, response);
  });
}

/** Must be called before a body is read. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (awaited.delete(request)) response.writeContinue();
}

/** Whether the sender still keeps the body to itself. */
export function isBodyAwaited(request: IncomingMessage): boolean {
  return awaited.has(request);
}
