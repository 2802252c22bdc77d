import { type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A POST in the hands of the test, which sends its body by and by. */
export interface OngoingPost {
  readonly request: ClientRequest;
  /** Whatever of the body has been sent by then. Rejects when the connection breaks off first. */
  readonly answer: Promise<Response>;
  /** Resolves when the other side asks for the body. */
  readonly continued: Promise<void>;
}

/** Sends the head; the body is chunked unless its length is among the headers. */
export function beginPost(url: string, headers: OutgoingHttpHeaders = {}): OngoingPost {
  const continued = Promise.withResolvers<undefined>();
  const answer = Promise.withResolvers<Response>();
  answer.promise.catch(() => undefined);
  const post = request(url, { method: 'POST', headers, agent: false })
    .on('continue', () => continued.resolve(undefined))
    .on('error', answer.reject)
    .on('response', (incoming) => {
      const { statusCode: status = 0 } = incoming;
      const head = { status, headers: incoming.headers as Record<string, string> };
      buffer(incoming).then(
        (body) => answer.resolve(new Response(new Uint8Array(body), head)),
        answer.reject,
      );
    });
  post.flushHeaders();
  return { request: post, answer: answer.promise, continued: continued.promise };
}

/** A form as it goes over the wire, with heads that no client would write. */
export function multipartOf(parts: readonly (readonly [head: string, body: string | Uint8Array])[]): Buffer {
  const pieces = parts.flatMap(([head, body]) => [`--${BOUNDARY}\r\n${head}\r\n\r\n`, body, '\r\n']);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece as string)));
}

export const BOUNDARY = 'ThumbnailerTestBoundary';
export const MULTIPART = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
export const IMAGE_PART =
  'Content-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png';
