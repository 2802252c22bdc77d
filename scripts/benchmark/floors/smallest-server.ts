/**
 * The floor of misses over HTTP, as a process: the least that a thumbnail server in JavaScript can be. It downloads a
 * source over a kept connection, hands it to sharp, and answers. It checks nothing, limits nothing and keeps nothing.
 */
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answerParent } from '../child.ts';
import type { Job } from '../load.ts';
import { bareThumbnail, tuneSharp } from './bare-thumbnail.ts';

const agent = new Agent({ keepAlive: true });

const handlers = {
  /** @returns the port that it listens on */
  async listen(): Promise<number> {
    tuneSharp();
    const server = createServer((request, response) => {
      void answer(request.url ?? '').then(
        ({ body, format }) => {
          const head = { 'content-type': `image/${format}`, 'content-length': body.length };
          response.writeHead(200, head).end(body);
        },
        () => response.writeHead(500).end(),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
};
export type SmallestServer = typeof handlers;
answerParent(handlers);

async function answer(target: string) {
  const query = new URL(target, 'http://localhost').searchParams;
  const format = (query.get('format') ?? 'webp') as Job['format'];
  const source = await download(query.get('url') ?? '');
  return { format, body: await bareThumbnail(source, { size: Number(query.get('size')), format }) };
}

async function download(url: string): Promise<Buffer> {
  const answered = Promise.withResolvers<Buffer>();
  get(url, { agent }, (response) => answered.resolve(buffer(response))).on('error', answered.reject);
  return answered.promise;
}
