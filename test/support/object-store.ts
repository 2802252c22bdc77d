import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAt: Date;
}

/** A server that speaks as much S3 as the adapters use, with buckets in the path; it believes every signature. */
export interface ObjectStore extends AsyncDisposable {
  readonly url: string;
  readonly bucket: string;
  readonly objects: Map<string, StoredObject>;
  /** As `GET key`, in their order. */
  readonly requests: string[];
  readonly connections: () => number;
  /** Answers the requests that follow instead of it, until it is undefined. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

export async function startObjectStore(): Promise<ObjectStore> {
  const bucket = 'images';
  const objects = new Map<string, StoredObject>();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '', 'http://store').pathname.slice(1));
    requests.push(`${request.method} ${key.slice(bucket.length + 1)}`);
    if (store.intercept !== undefined) {
      store.intercept(request, response);
      return;
    }
    if (!key.startsWith(`${bucket}/`)) {
      refuse(response, 404, 'NoSuchBucket');
      return;
    }
    void answer(objects, key.slice(bucket.length + 1), request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const store: ObjectStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    objects,
    requests,
    connections: () => sockets.size,
    intercept: undefined,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
  return store;
}

async function answer(
  objects: Map<string, StoredObject>,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'PUT') {
    const bytes = await buffer(request);
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    objects.set(key, { bytes, etag, headers: keptOf(request), storedAt: new Date() });
    response.writeHead(200, { etag }).end();
    return;
  }
  if (request.method === 'DELETE') {
    objects.delete(key);
    response.writeHead(204).end();
    return;
  }
  const object = objects.get(key);
  if (object === undefined) {
    refuse(response, 404, 'NoSuchKey');
    return;
  }
  const { bytes, etag, headers, storedAt } = object;
  const fields = { ...headers, etag, 'last-modified': storedAt.toUTCString() };
  if (request.headers['if-none-match'] === etag) response.writeHead(304, fields).end();
  else response.writeHead(200, { ...fields, 'content-length': bytes.length }).end(bytes);
}

/** What S3 keeps beside the bytes. */
function keptOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) =>
    /^(content-type|cache-control|x-amz-meta-)/.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

/** As S3 refuses. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>secret words</Message></Error>`);
}
