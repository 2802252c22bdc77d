import { Agent, get } from 'node:http';

/** Clients that ask again as soon as they are answered, on connections that they keep, until one request fails. */
export class ConstantLoad implements AsyncDisposable {
  /** Requests that were answered with 200. */
  answered = 0;
  /** What was seen instead of a 200, one line each. */
  readonly failures: string[] = [];
  readonly #agent: Agent;
  readonly #clients: Promise<void>[];
  #stopped = false;

  /** @param urls asked for in turn */
  constructor(urls: readonly string[], clients: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.#clients = Array.from({ length: clients }, (_, first) => this.#run(urls, first));
  }

  /** Goes on until so many requests were answered in all, and ends. */
  async stopAfter(requests: number): Promise<void> {
    while (this.answered < requests && this.failures.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(urls: readonly string[], first: number): Promise<void> {
    for (let turn = first; !this.#stopped && this.failures.length === 0; turn += 1) {
      const url = urls[turn % urls.length]!;
      const seen = await this.#ask(url);
      if (seen === '200') this.answered += 1;
      else this.failures.push(`${seen} after ${this.answered} answers: ${url}`);
    }
  }

  /** The status of an answer that came whole, or the error. */
  #ask(url: string): Promise<string> {
    return new Promise((resolve) => {
      const request = get(url, { agent: this.#agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(String(response.statusCode)));
        response.on('error', (error) => resolve(error.message));
      });
      request.on('error', (error) => resolve(error.message));
    });
  }
}
