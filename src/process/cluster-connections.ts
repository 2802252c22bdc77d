import type { Cluster, Worker } from 'node:cluster';

/** What the primary passes to a worker: a connection that it has accepted. */
interface Connection {
  close(): void;
}

/** As node:cluster sends it, and confirms it (`ack`). */
interface ClusterMessage {
  readonly cmd?: string;
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

/** A worker's answer where a message has come without its connection: it has no file descriptor left for one. */
const NOT_RECEIVED = 'NODE_HANDLE_NACK';

/**
 * Closes the connections that a worker was being given and did not get, because it died or had no file descriptor left. The
 * primary keeps each one open until the worker has confirmed it, and gives it no other before. A connection that is never
 * confirmed node:cluster would keep for as long as the primary runs, with a client that waits for an answer, and the worker
 * would get no connection any more.
 */
export function closeLostConnections(cluster: Cluster): void {
  cluster.on('fork', (worker: Worker) => {
    const unconfirmed = new Map<number, Connection>();
    const { process } = worker;
    // One that could not be started has no channel, and is given none.
    if (process.pid === undefined) return;
    const send = process.send.bind(process) as (message: ClusterMessage, ...rest: unknown[]) => boolean;
    process.send = (message: ClusterMessage, ...rest: unknown[]) => {
      const [connection] = rest as [Connection | undefined];
      if (message.act === 'newconn' && message.seq !== undefined && connection !== undefined)
        unconfirmed.set(message.seq, connection);
      return send(message, ...rest);
    };
    process.on('internalMessage', ({ ack, cmd }: ClusterMessage) => {
      if (ack !== undefined) unconfirmed.delete(ack);
      if (cmd !== NOT_RECEIVED) return;
      // Confirmed in the worker's place: node:cluster closes it, and gives the worker the next one.
      for (const seq of [...unconfirmed.keys()])
        process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: true });
    });
    worker.once('exit', () => {
      for (const connection of unconfirmed.values()) connection.close();
    });
  });
}
