import type { Server, ServerResponse } from 'node:http';

/** How many answers are kept before the first sifting. */
const FEW = 64;

/**
 * A server's answers under way, for the time when it stops. Some that are over are among them and sifted out now and
 * then: to be told of the end of each would cost a cache hit a twentieth of its time.
 */
export class OpenAnswers {
  readonly #server: Server;
  #answers: ServerResponse[] = [];
  #siftAt = FEW;
  #closing = false;

  constructor(server: Server) {
    this.#server = server;
  }

  begin(answer: ServerResponse): void {
    if (this.#closing) this.#closeAfter(answer);
    else if (this.#answers.push(answer) >= this.#siftAt) this.#sift();
  }

  /** From now on each connection is closed after its answer, the ones under way included. */
  closeConnections(): void {
    this.#closing = true;
    for (const answer of this.#answers.splice(0)) if (!answer.closed) this.#closeAfter(answer);
  }

  #sift(): void {
    this.#answers = this.#answers.filter(({ closed }) => !closed);
    this.#siftAt = Math.max(FEW, 2 * this.#answers.length);
  }

  #closeAfter(answer: ServerResponse): void {
    if (!answer.headersSent) answer.setHeader('Connection', 'close');
    answer.on('close', () => {
      // Not while the server listens: a balancer may be about to use a connection that is idle.
      if (!this.#server.listening) this.#server.closeIdleConnections();
    });
  }
}
