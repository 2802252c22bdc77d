import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connections } from './connections.ts';

/** What is answered at a path. All fields are optional: `{}` is an empty 200. */
export interface Reply {
  /** 200, or 302 with `redirect`. */
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  /** Content-Type; `image/jpeg` where a body is given without one. */
  readonly type?: string;
  readonly body?: Uint8Array | string;
  /** Sends the body without a Content-Length, in chunked encoding. */
  readonly chunked?: boolean;
  /** `Location`, as it stands. */
  readonly redirect?: string;
  /** Milliseconds before the head is sent. */
  readonly delayMs?: number;
  /** `head`: never answers. `body`: sends all of the body but its last byte, and then nothing more. */
  readonly stall?: 'head' | 'body';
  /** Sends the body byte by byte, with this many milliseconds between. */
  readonly dripMs?: number;
  /** A body that never ends, as fast as it is taken: zeros behind what is given. */
  readonly endless?: boolean;
}

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the answer, counted when they were handed to the operating system. */
  readonly bytesSent: number;
}

interface OriginOptions {
  /** A loopback address to listen on: `127.0.0.1` unless given. */
  readonly host?: string;
  /** The host name in `url()`; the address unless given. */
  readonly hostname?: string;
  /** Makes it an https origin. */
  readonly certificate?: Certificate;
}

/**
 * An image host on loopback:
 *
 *     await using origin = await startOrigin();
 *     origin.serve('/a.jpg', { body: jpeg }).serve('/old.jpg', { redirect: '/a.jpg' });
 *     await fetch(origin.url('/a.jpg'));
 *     expect(origin.requests).to.have.length(1);
 */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const origin = new Origin(options);
  await origin.listen();
  return origin;
}

export class Origin implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly #replies = new Map<string, Reply | Handler>();
  readonly #connections: Connections;
  readonly #host: string;
  readonly #hostname: string;
  readonly #scheme: string;
  #port = 0;

  constructor({ host = '127.0.0.1', hostname, certificate }: OriginOptions) {
    this.#host = host;
    this.#hostname = hostname ?? (host.includes(':') ? `[${host}]` : host);
    this.#scheme = certificate === undefined ? 'http' : 'https';
    const onRequest: Handler = (request, response) => this.#answer(request, response);
    const server =
      certificate === undefined
        ? http.createServer(onRequest)
        : https.createServer({ ...certificate }, onRequest).on('tlsClientError', () => undefined);
    this.#connections = new Connections(server);
  }

  async listen(): Promise<void> {
    this.#port = await this.#connections.listen(this.#host);
  }

  /** What is answered at a path, its query left aside, from now on; anything else is a 404. */
  serve(path: string, reply: Reply | Handler): this {
    this.#replies.set(path, reply);
    return this;
  }

  get port(): number {
    return this.#port;
  }

  url(path = '/'): string {
    return `${this.#scheme}://${this.#hostname}:${this.#port}${path}`;
  }

  /** How many requests came for a path, query left aside. */
  hits(path: string): number {
    return this.requests.filter((request) => pathOf(request.path) === path).length;
  }

  /** All TCP connections that were ever made, whether a request came or not. */
  get connections(): number {
    return this.#connections.count;
  }

  get openConnections(): number {
    return this.#connections.openCount;
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    await this.#connections.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = '', url: path = '', headers, socket } = request;
    this.requests.push(received({ method, path, headers }, socket));
    response.on('error', () => undefined);
    const reply = this.#replies.get(pathOf(path)) ?? { status: 404 };
    if (typeof reply === 'function') reply(request, response);
    else void send(reply, response);
  }
}

function received(facts: Omit<ReceivedRequest, 'bytesSent'>, socket: Socket): ReceivedRequest {
  const before = socket.bytesWritten;
  return {
    ...facts,
    get bytesSent() {
      return socket.bytesWritten - before;
    },
  };
}

async function send(reply: Reply, response: http.ServerResponse): Promise<void> {
  const body = Buffer.from(reply.body ?? '');
  if (reply.stall === 'head') return;
  if (reply.delayMs !== undefined) await delay(reply.delayMs);
  response.writeHead(reply.status ?? (reply.redirect === undefined ? 200 : 302), headersOf(reply, body));
  if (reply.endless) sendEndlessly(response, body);
  else if (reply.dripMs !== undefined) await drip(response, body, reply.dripMs);
  else if (reply.stall === 'body') response.write(body.subarray(0, -1));
  else response.end(body);
}

function headersOf(
  { type, body, chunked, redirect, endless, headers }: Reply,
  bytes: Buffer,
): OutgoingHttpHeaders {
  const contentType = type ?? (body === undefined ? undefined : 'image/jpeg');
  return {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(!chunked && !endless && { 'content-length': bytes.length }),
    ...(redirect !== undefined && { location: redirect }),
    ...headers,
  };
}

function sendEndlessly(response: http.ServerResponse, beginning: Buffer): void {
  response.write(beginning);
  const block = Buffer.alloc(64 * 1024);
  const fill = () => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', fill);
  fill();
}

async function drip(response: http.ServerResponse, body: Buffer, pauseMs: number): Promise<void> {
  response.flushHeaders();
  for (const byte of body) {
    await delay(pauseMs);
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
  }
  response.end();
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
