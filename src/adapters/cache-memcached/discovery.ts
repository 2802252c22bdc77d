import { type Socket, connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ServerAddress, isPort, serverAt } from '../../domain/cache/servers/server-address.ts';

export interface DiscoveryOptions {
  readonly tls: boolean;
  /** For connecting and the answer together. */
  readonly timeoutMs: number;
}

const QUESTION = 'config get cluster\r\n';
const END = 'END\r\n';
/** Three hundred nodes, which is as many as a cluster can have, take half of it. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * The nodes of a cluster, as ElastiCache's auto discovery says them: its configuration endpoint, and each node, answer
 * `config get cluster` with a version and a line of `host|address|port`.
 *
 * @throws Error where it does not answer in time, or with anything else
 */
export async function discoverNodes(
  endpoint: ServerAddress,
  options: DiscoveryOptions,
): Promise<readonly ServerAddress[]> {
  const nodes = nodesIn(await answerOf(endpoint, options), options);
  if (nodes.length === 0) throw new Error(`${endpoint.text} names no node of a memcached cluster`);
  return nodes;
}

async function answerOf(endpoint: ServerAddress, { tls, timeoutMs }: DiscoveryOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (what: string) => reject(new Error(`memcached's configuration at ${endpoint.text}: ${what}`));
  const socket = open(endpoint, tls);
  const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
  let answer = '';
  socket.on('data', (piece: Buffer) => {
    answer += piece.toString('latin1');
    if (answer.endsWith(END)) resolve(answer);
    else if (!'CONFIG cluster '.startsWith(answer.slice(0, 15))) fail('it knows nothing of a cluster');
    else if (answer.length > MAX_ANSWER_BYTES) fail('the answer is too long');
  });
  socket.on('error', (error) => fail(error.message || String((error as NodeJS.ErrnoException).code)));
  socket.on('close', () => fail('the server closed the connection'));
  socket.write(QUESTION);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function open({ host, port }: ServerAddress, tls: boolean): Socket {
  if (!tls) return connect({ host, port });
  return connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) });
}

/**
 * A node is called by its name, so that it keeps its keys when it is given another address. It is reached by its address,
 * as ElastiCache's own clients do, but with TLS by the name, which its certificate is for.
 */
function nodesIn(answer: string, { tls }: Pick<DiscoveryOptions, 'tls'>): readonly ServerAddress[] {
  const [, , nodes = ''] = answer.split('\n').filter((line) => !/^\s*$/.test(line));
  return nodes
    .trim()
    .split(' ')
    .map((node) => /^([\w.-]*)\|([\da-f.:]*)\|(\d{1,5})$/i.exec(node) ?? [])
    .flatMap(([, name = '', address = '', port = '']) => {
      if (name + address === '' || !isPort(Number(port))) return [];
      const { text } = serverAt(name || address, Number(port));
      return [{ host: tls ? name || address : address || name, port: Number(port), text }];
    });
}
