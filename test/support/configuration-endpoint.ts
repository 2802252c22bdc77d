import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { Connections } from '../../scripts/kit/connections.ts';
import type { Certificate } from '../../scripts/kit/origin.ts';

/** Says of a memcached cluster what ElastiCache's configuration endpoint says. */
export class ConfigurationEndpoint implements AsyncDisposable {
  /** `host:port` each. */
  nodes: readonly string[];
  /** In place of the answer that the nodes make. */
  answer: ((socket: Socket) => void) | undefined;
  readonly #connections: Connections;
  #port = 0;
  #version = 0;

  static async start(nodes: readonly string[], certificate?: Certificate): Promise<ConfigurationEndpoint> {
    const endpoint = new ConfigurationEndpoint(nodes, certificate);
    endpoint.#port = await endpoint.#connections.listen('127.0.0.1');
    return endpoint;
  }

  private constructor(nodes: readonly string[], certificate: Certificate | undefined) {
    this.nodes = nodes;
    const serve = (socket: Socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => this.#answer(bytes.toString(), socket));
    };
    const server =
      certificate === undefined ? net.createServer(serve) : tls.createServer({ ...certificate }, serve);
    this.#connections = new Connections(server);
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** How often it was asked. */
  get asked(): number {
    return this.#connections.count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }

  #answer(question: string, socket: Socket): void {
    if (question !== 'config get cluster\r\n') socket.end('ERROR\r\n');
    else if (this.answer !== undefined) this.answer(socket);
    else {
      this.#version += 1;
      const nodes = this.nodes.map((node) => node.replace(/^(.*):(\d+)$/, '$1|127.0.0.1|$2')).join(' ');
      const text = `${this.#version}\n${nodes}\n`;
      socket.write(`CONFIG cluster 0 ${text.length}\r\n${text}\r\nEND\r\n`);
    }
  }
}
