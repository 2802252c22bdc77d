import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** As fetch, which lets nobody choose the Host header. */
export async function requestTo(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    request(url + path, { headers, agent: false }, (incoming) => {
      const answer = {
        status: incoming.statusCode ?? 0,
        headers: incoming.headers as Record<string, string>,
      };
      buffer(incoming).then((body) => resolve(new Response(new Uint8Array(body), answer)), reject);
    })
      .on('error', reject)
      .end();
  });
}
