import { listenOnLoopback } from './listen.ts';
import type { StoredAnswer } from './stored-answers.ts';

export interface CacheClient {
  readonly set: (key: string, value: Buffer) => Promise<unknown>;
  /** Calls back with nothing where the key is not there or cannot be read. */
  readonly get: (key: string, done: (value: Buffer | undefined) => void) => void;
}

/**
 * node:http, which asks a client for each answer.
 *
 * @returns the port
 */
export async function serveFromCache(answers: readonly StoredAnswer[], client: CacheClient): Promise<number> {
  const known = new Map(answers.map((answer, at) => [answer.request, { ...answer, key: `floor-${at}` }]));
  for (const { key, body } of known.values()) await client.set(key, Buffer.from(body));
  return listenOnLoopback((request, response) => {
    const answer = known.get(`${request.method ?? ''} ${request.url ?? ''}`);
    client.get(answer?.key ?? 'none', (body) => {
      if (body === undefined || answer === undefined) {
        response.writeHead(404, { 'content-length': 0 }).end();
        return;
      }
      const { type, etag } = answer;
      response.writeHead(200, { 'content-type': type, 'content-length': body.length, etag }).end(body);
    });
  });
}
