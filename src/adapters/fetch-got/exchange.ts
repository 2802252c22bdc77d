import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Got, PlainResponse, Request } from 'got';
import { SourceRefusedError } from '../../domain/errors/index.ts';
import { ReadMemory } from './read-memory.ts';
import { type Body, ReceiveBuffer, type ReceiveOptions } from './receive-buffer.ts';
import { translateError } from './translate-error.ts';

/** The head of an answer, as far as a download needs it. */
export interface AnswerHead {
  readonly status: number;
  readonly location: string | undefined;
  /** Content-Length in bytes, where there is one. */
  readonly announcedBytes: number | undefined;
  readonly headers: IncomingHttpHeaders;
}

/**
 * One request and its answer, whose body waits unread until it is asked for. Disposing closes the connection, whatever
 * state the exchange is in. Rejections are domain errors.
 */
export class Exchange implements Disposable {
  readonly #stream: Request;
  /** Never resolves. Kept from the start, as an answer can turn out malformed before anybody asks for its body. */
  readonly #failure = Promise.withResolvers<never>();
  readonly #memory = new ReadMemory();
  #socket: Duplex | undefined;

  constructor(client: Got, url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#failure.promise.catch(ignore);
    this.#stream = client.stream(url, { headers });
    this.#stream.on('error', (error) => this.#failure.reject(translateError(error)));
    this.#stream.once('request', (request: ClientRequest) => {
      // got listens for one error alone; a second, from whatever an origin thinks of, must not end the process.
      request.on('error', ignore);
      request.once('socket', (socket) => {
        this.#socket = socket;
        this.#memory.comesFrom(socket);
      });
    });
  }

  async head(): Promise<AnswerHead> {
    const { promise, resolve, reject } = Promise.withResolvers<AnswerHead>();
    const stream: NodeJS.EventEmitter = this.#stream;
    const onResponse = ({ statusCode, headers }: PlainResponse & { headers: IncomingHttpHeaders }) =>
      resolve({
        status: statusCode,
        location: headers.location,
        announcedBytes: lengthOf(headers),
        headers,
      });
    const onUpgrade = () =>
      reject(new SourceRefusedError('The server wants to switch protocols (101).', 101));
    stream.once('response', onResponse).once('upgrade', onUpgrade);
    try {
      return await Promise.race([this.#failure.promise, promise]);
    } finally {
      stream.off('response', onResponse).off('upgrade', onUpgrade);
    }
  }

  /** The body, once it has come to its end, or to where the judge has enough of it: what still comes is dropped. */
  async body(options: ReceiveOptions): Promise<Body> {
    const { promise, resolve, reject } = Promise.withResolvers<Body>();
    const stream = this.#stream;
    const buffer = new ReceiveBuffer(options);
    const settle = (look: () => Body | undefined) => {
      try {
        const body = look();
        if (body === undefined) return;
        // At once: a chunk more, and it would lie over the end of the short file.
        stream.off('data', onData);
        resolve(body);
      } catch (error) {
        reject(error);
      }
    };
    const onData = (chunk: Buffer) => {
      settle(() => buffer.add(chunk));
      this.#memory.copied(chunk);
    };
    const onEnd = () => settle(() => buffer.end());
    stream.on('data', onData).once('end', onEnd);
    try {
      return await Promise.race([this.#failure.promise, promise]);
    } catch (error) {
      buffer.giveBack();
      throw error;
    } finally {
      stream.off('data', onData).off('end', onEnd);
    }
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
    // The stream lets go of the socket without closing it when the server switches protocols.
    this.#socket?.destroy();
  }
}

function lengthOf({ 'content-length': text }: IncomingHttpHeaders): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function ignore(): void {
  // Deliberately nothing.
}
