/** The floors of hits, as a process: servers that answer the same bytes and do nothing else. */
import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import Koa from 'koa';
import { Client } from 'memjs';
import { answerParent } from '../child.ts';

export type FloorKind = 'http' | 'koa' | 'koa-sharp' | 'memjs' | 'ioredis';

/** What the service has answered to a request, as `GET /thumbnail?size=64&…`. */
export interface StoredAnswer {
  readonly request: string;
  readonly body: Uint8Array;
  readonly type: string;
  readonly etag: string;
}

const answers = new Map<string, StoredAnswer & { readonly body: Buffer }>();

const LISTENERS: Readonly<Record<FloorKind, (cacheServer: string) => Promise<RequestListener>>> = {
  /** The least that a server in JavaScript can do. */
  http: () =>
    Promise.resolve((request, response) => {
      request.resume();
      const { type, etag, body } = answerTo(request.method, request.url);
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { 'content-type': type, 'content-length': body.length, etag }).end(body);
    }),
  /** What anybody's service on Koa costs at least. */
  koa: bareKoa,
  /** The same, once it could make a thumbnail. */
  async 'koa-sharp'() {
    await import('sharp');
    return bareKoa();
  },
  memjs(cacheServer) {
    const client = Client.create(cacheServer);
    return behindCache(
      (key, value) => client.set(key, value, { expires: 3600 }),
      (key, done) => client.get(key, (_error, value) => done(value)),
    );
  },
  ioredis(cacheServer) {
    const client = new Redis(`redis://${cacheServer}`);
    return behindCache(
      (key, value) => client.set(key, value),
      (key, done) => void client.getBuffer(key).then(done, () => done(null)),
    );
  },
};

const handlers = {
  /** @returns the port that it listens on */
  async listen(options: {
    readonly kind: FloorKind;
    readonly answers: readonly StoredAnswer[];
    readonly cacheServer: string;
  }): Promise<number> {
    for (const each of options.answers) answers.set(each.request, { ...each, body: Buffer.from(each.body) });
    const server = createServer(
      { keepAliveTimeout: 65_000 },
      await LISTENERS[options.kind](options.cacheServer),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
};
export type HitFloor = typeof handlers;
answerParent(handlers);

function bareKoa(): Promise<RequestListener> {
  const app = new Koa();
  app.use((ctx) => {
    const { type, etag, body } = answerTo(ctx.method, ctx.url);
    ctx.type = type;
    ctx.set('ETag', etag);
    if (etag !== '' && ctx.get('If-None-Match') === etag) ctx.status = 304;
    else ctx.body = body;
  });
  const listener = app.callback();
  return Promise.resolve((request, response) => void listener(request, response));
}

async function behindCache(
  set: (key: string, value: Buffer) => Promise<unknown>,
  get: (key: string, done: (value: Buffer | null) => void) => void,
): Promise<RequestListener> {
  const keys = new Map([...answers.keys()].map((request, at) => [request, `floor-${at}`]));
  for (const [request, key] of keys) await set(key, answerTo(request).body);
  return (request, response) => {
    const name = `${request.method ?? ''} ${request.url ?? ''}`;
    const { type, etag } = answerTo(name);
    get(keys.get(name) ?? 'none', (body) => {
      if (body === null) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': type, 'content-length': body.length, etag }).end(body);
    });
  };
}

/** @throws Error that ends the floor: a request of which it does not know is a defect of the benchmark */
function answerTo(...request: readonly (string | undefined)[]) {
  const answer = answers.get(request.join(' '));
  if (answer === undefined) throw new Error(`nothing is stored for ${request.join(' ')}`);
  return answer;
}
