import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { Duplex } from 'node:stream';
import type { Got, PlainResponse, Request } from 'got';
import type { SendRequest } from './connections.ts';
import { answersOn } from './lenient-answers.ts';
import { ReadMemory } from './read-memory.ts';
import { translateError } from './translate-error.ts';

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Partial<Record<string, string>>>;
  /** The one field whose values cannot be joined. */
  readonly setCookies: readonly string[];
}

export interface ExchangeOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly request: SendRequest;
}

/**
 * One request and its answer, whose body waits unread until it is asked for. Disposing closes the connection, whatever
 * state the exchange is in; one whose answer has come whole may be kept. Rejections are domain errors, or the signal's
 * reason.
 */
export class Exchange implements Disposable {
  readonly #stream: Request;
  readonly #signal: AbortSignal;
  /** Never resolves. Kept from the start, as an answer can turn out malformed before anybody asks for its body. */
  readonly #failure = Promise.withResolvers<never>();
  readonly #memory = new ReadMemory();
  #request: ClientRequest | undefined;
  /** While it is this exchange's. */
  #socket: Duplex | undefined;
  #isBeingRead = false;
  #isDisposed = false;

  constructor(client: Got, url: string, { headers, request }: ExchangeOptions, signal: AbortSignal) {
    this.#failure.promise.catch(ignore);
    this.#signal = signal;
    this.#stream = client.stream(url, { headers, request });
    this.#stream.on('error', (error) => this.#failure.reject(translateError(error)));
    this.#stream.once('request', this.#onRequest);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOnKeptConnection(): boolean {
    return this.#request?.reusedSocket === true;
  }

  /** Whether any byte of an answer has come. */
  get hasBegun(): boolean {
    const connection = this.#request?.socket;
    return connection instanceof Duplex && answersOn(connection)?.hasBegun === true;
  }

  async head(): Promise<AnswerHead> {
    const { promise, resolve } = Promise.withResolvers<AnswerHead>();
    const stream: NodeJS.EventEmitter = this.#stream;
    const onResponse = ({ statusCode, headers }: PlainResponse & { headers: IncomingHttpHeaders }) =>
      resolve({
        status: statusCode,
        headers: joined(headers),
        setCookies: headers['set-cookie'] ?? [],
      });
    stream.once('response', onResponse);
    try {
      return await Promise.race([this.#failure.promise, promise]);
    } finally {
      stream.off('response', onResponse);
    }
  }

  /** The body. The memory of each chunk is given back when the next one is asked for. */
  async *body(): AsyncGenerator<Uint8Array> {
    this.#isBeingRead = true;
    const chunks = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      // Not raced with the failure, on which each chunk would leave something behind: that destroys the stream anyway.
      const next = await chunks.next().catch(this.#rethrow);
      if (next.done === true) break;
      yield next.value;
      this.#memory.copied(next.value);
    }
    // The agent keeps or closes it.
    this.#socket = undefined;
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#canRunOut()) {
      this.#stream.resume();
    } else {
      this.#stream.destroy();
      this.#socket?.destroy();
    }
  }

  /** Whether all that is left to read has arrived. */
  #canRunOut(): boolean {
    if (this.#socket === undefined || this.#signal.aborted || this.#isBeingRead) return false;
    return answersOn(this.#socket)?.isReusable === true;
  }

  readonly #onRequest = (request: ClientRequest) => {
    this.#request = request;
    // got listens for one error alone; a second, from whatever an origin thinks of, must not end the process.
    request.on('error', ignore);
    request.once('socket', (socket) => {
      this.#socket = socket;
      this.#memory.comesFrom(socket);
    });
    request.once('close', () => {
      this.#socket = undefined;
      this.#memory.leave();
    });
  };

  readonly #onAbort = () => {
    this.#failure.reject(this.#signal.reason);
    this[Symbol.dispose]();
  };

  /** What the stream broke off with is known by its own event, which may come a moment later. */
  readonly #rethrow = (error: unknown): Promise<never> => {
    this.#failure.reject(translateError(error instanceof Error ? error : new Error(String(error))));
    return this.#failure.promise;
  };
}

function joined(headers: IncomingHttpHeaders): Partial<Record<string, string>> {
  const fields = Object.entries(headers).map(([name, value]) => [name, value?.toString()]);
  return Object.fromEntries(fields) as Partial<Record<string, string>>;
}

function ignore(): void {
  // Deliberately nothing.
}
