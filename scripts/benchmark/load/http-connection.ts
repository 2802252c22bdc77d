import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from './plan.ts';

export interface Answer {
  readonly status: number;
  /** Status line and header fields. */
  readonly head: string;
  /** Good until the callback returns. */
  readonly body: Buffer;
}

export interface HttpConnectionOptions {
  readonly target: Target;
  readonly onAnswer: (answer: Answer) => void;
  /** Called once. `duringRequest` is false where an idle connection was closed, which a server may do. */
  readonly onEnd: (reason: string, duringRequest: boolean) => void;
}

const NOTHING = Buffer.alloc(0);
const TOO_MUCH = 'the server sent more than Content-Length says';
const END_OF_HEAD = '\r\n\r\n';
const TIMEOUT_MS = 90_000;

/**
 * One keep-alive connection, one request at a time. Of HTTP it knows the status line and Content-Length, which is what the
 * servers that are measured send; anything else ends it. Node's own client takes longer than the servers themselves.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #onAnswer: HttpConnectionOptions['onAnswer'];
  readonly #onEnd: HttpConnectionOptions['onEnd'];
  #chunks: Buffer[] = [];
  #received = 0;
  /** Head and body of the answer under way; undefined while the head is not there. */
  #expectedBytes: number | undefined;
  #asked = false;
  #ended = false;

  constructor({ target, onAnswer, onEnd }: HttpConnectionOptions) {
    this.#onAnswer = onAnswer;
    this.#onEnd = onEnd;
    const { host, port, tls } = target;
    this.#socket = tls ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#end('no answer'));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the server closed the connection'));
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  send(request: string): void {
    this.#asked = true;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (!this.#asked) {
      this.#end(TOO_MUCH);
      return;
    }
    const isFirst = this.#received === 0;
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    this.#expectedBytes ??= answerBytes(isFirst ? chunk : this.#join());
    if (this.#expectedBytes === undefined || this.#received < this.#expectedBytes) return;
    if (Number.isNaN(this.#expectedBytes)) this.#end('an answer without Content-Length');
    else if (this.#received > this.#expectedBytes) this.#end(TOO_MUCH);
    else this.#finish(this.#chunks.length === 1 ? chunk : this.#join());
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #finish(whole: Buffer): void {
    const bodyAt = whole.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
    const head = whole.toString('latin1', 0, bodyAt);
    this.#chunks = [];
    this.#received = 0;
    this.#expectedBytes = undefined;
    this.#asked = false;
    // The server is about to close it, so nothing more is asked here.
    if (/\r\nconnection: close\r\n/i.test(head)) this.close();
    const body = bodyAt === whole.length ? NOTHING : whole.subarray(bodyAt);
    this.#onAnswer({ status: Number(head.slice(9, 12)), head, body });
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.close();
    this.#onEnd(reason, this.#asked);
  }
}

/** Of head and body; undefined while the head is not all there, and NaN where it does not tell. */
function answerBytes(start: Buffer): number | undefined {
  const headEnd = start.indexOf(END_OF_HEAD);
  if (headEnd === -1) return undefined;
  const bodyAt = headEnd + END_OF_HEAD.length;
  const head = start.toString('latin1', 0, bodyAt);
  const status = head.slice(9, 12);
  if (status === '304' || status === '204') return bodyAt;
  return bodyAt + Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? NaN);
}
