import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';
import { type HopOptions, guardAddresses } from './address-guard.ts';
import type { HostAddresses } from './host-addresses.ts';
import { KEPT_AGENT_OPTIONS, KeptConnections } from './kept-connections.ts';
import { readLeniently } from './lenient-answers.ts';
import { markAsOwn } from './read-memory.ts';

/** As `http.request`, and as got calls it. */
export type SendRequest = (
  url: URL,
  options: https.RequestOptions,
  onResponse?: (response: http.IncomingMessage) => void,
) => http.ClientRequest;

export interface Hop {
  /** Of the host. A kept connection was made for the same ones. */
  readonly addresses: readonly LookupAddress[];
  /** Not on one that is kept. */
  readonly isOnNewConnection: boolean;
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/**
 * The connections of a fetcher: to allowed addresses, read leniently, and kept for the next request if that is safe. The
 * agents have no `proxyEnv`, so that no proxy of the environment looks names up in their place.
 */
export class Connections {
  readonly #kept = new KeptConnections();
  readonly #keeping: Agents;
  readonly #closing: Agents;

  constructor(hosts: Pick<HostAddresses, 'check'>) {
    this.#keeping = agentsFor(KEPT_AGENT_OPTIONS, hosts);
    this.#closing = agentsFor({ keepAlive: false }, hosts);
    this.#kept.serve(this.#keeping.http);
    this.#kept.serve(this.#keeping.https);
  }

  /** What sends a request to the host with these addresses, soon. */
  async sender({ addresses, isOnNewConnection }: Hop): Promise<SendRequest> {
    if (!isOnNewConnection) await this.#kept.settle();
    const agents = isOnNewConnection ? this.#closing : this.#keeping;
    return (url, options, onResponse) => {
      const isSecure = url.protocol === 'https:';
      const agent = isSecure ? agents.https : agents.http;
      const hop: https.RequestOptions & HopOptions = { ...options, agent, addresses };
      return (isSecure ? https : http).request(url, hop, onResponse);
    };
  }

  /** Closes those that are kept, and keeps none from now on. */
  close(): void {
    this.#kept.close();
  }
}

function agentsFor(options: http.AgentOptions, hosts: Pick<HostAddresses, 'check'>): Agents {
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  for (const agent of Object.values(agents)) {
    guardAddresses(agent, hosts);
    handConnectionsTo(agent);
  }
  return agents;
}

function handConnectionsTo(agent: http.Agent): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, onConnection) => {
    const connection = connect(options, onConnection);
    if (connection instanceof Socket) {
      markAsOwn(connection);
      readLeniently(connection);
    }
    return connection;
  };
}
