import type http from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answersOn } from './lenient-answers.ts';

/** Of one origin at its present addresses. */
const MAX_IDLE_PER_ORIGIN = 8;
/** Of all origins together: each holds a descriptor, and memory for TLS. */
const MAX_IDLE = 64;
/** Less than what servers and routers usually allow, who forget a connection without a word. */
const MAX_IDLE_MS = 4000;

export const KEPT_AGENT_OPTIONS = { keepAlive: true, maxFreeSockets: MAX_IDLE_PER_ORIGIN } as const;

/** What the types say of an agent, but for a method that returns whether the connection is kept. */
type KeepingAgent = http.Agent & { keepSocketAlive(connection: Socket): boolean };

/** The idle connections of some agents: for a few seconds, and no more than a number of them. */
export class KeptConnections {
  /** Oldest first; some may have been closed since. */
  readonly #idle = new Set<Socket>();
  #isClosed = false;

  /** From now on this agent keeps connections whose last answer was beyond doubt. */
  serve(agent: http.Agent): void {
    const keepAlive = (agent as KeepingAgent).keepSocketAlive.bind(agent);
    const reuse = agent.reuseSocket.bind(agent);
    agent.keepSocketAlive = (connection: Socket) => {
      const isKept = this.#mayKeep(connection) && keepAlive(connection);
      if (isKept) this.#keep(connection);
      return isKept;
    };
    agent.reuseSocket = (connection: Socket, request) => {
      reuse(connection, request);
      this.#use(connection);
    };
  }

  /**
   * To be waited for before a request. By then what has arrived on idle connections has been read: those are closed that
   * have ended or have said something unasked, which would have been taken for the answer to the next request. And those
   * are idle whose answers were just over.
   */
  async settle(): Promise<void> {
    // Two turns, as the reading of this one may be over.
    await nextTurn();
    await nextTurn();
  }

  /** Closes what is idle, and keeps nothing from now on. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle) connection.destroy();
    this.#idle.clear();
  }

  #mayKeep(connection: Socket): boolean {
    return !this.#isClosed && answersOn(connection)?.isReusable === true;
  }

  #keep(connection: Socket): void {
    answersOn(connection)?.rest();
    connection.setTimeout(MAX_IDLE_MS);
    for (const other of this.#idle) if (other.destroyed) this.#idle.delete(other);
    this.#idle.add(connection);
    const [oldest] = this.#idle;
    if (this.#idle.size > MAX_IDLE) oldest?.destroy();
  }

  #use(connection: Socket): void {
    connection.setTimeout(0);
    this.#idle.delete(connection);
    answersOn(connection)?.expectNext();
  }
}
