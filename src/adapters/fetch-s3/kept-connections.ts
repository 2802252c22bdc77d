import http from 'node:http';
import https from 'node:https';

/** Less than stores and routers allow, some of which forget an idle connection without a word. */
const MAX_IDLE_MS = 4000;

/** The caller bounds how many are in use. The SDK's own bound, 50, would make the others wait while their time runs. */
const OPTIONS = { keepAlive: true, maxSockets: Infinity, timeout: MAX_IDLE_MS };

/** Connections to a store. One that was idle may be closed by the store just when it is used again. */
export class KeptConnections {
  readonly httpAgent = new http.Agent(OPTIONS);
  readonly httpsAgent = new https.Agent(OPTIONS);
  /** Errors of requests on connections that had been idle. */
  readonly #failures = new WeakSet<Error>();

  constructor() {
    for (const agent of [this.httpAgent, this.httpsAgent]) {
      const reuse = agent.reuseSocket.bind(agent);
      agent.reuseSocket = (connection, request) => {
        reuse(connection, request);
        request.once('error', (error: Error) => this.#failures.add(error));
      };
    }
  }

  /** Whether a request had no answer on a connection that had been idle. */
  haveFailed(error: unknown): boolean {
    return error instanceof Error && this.#failures.has(error);
  }

  closeIdle(): void {
    for (const { freeSockets } of [this.httpAgent, this.httpsAgent]) {
      for (const connections of Object.values(freeSockets))
        for (const connection of connections ?? []) connection.destroy();
    }
  }
}
