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

/**
 * Closes the connections that a worker was being given when it died. The primary keeps each one open until the worker has
 * confirmed it; one that dies before confirms nothing, and node:cluster would keep the connection, whose client waits for an
 * answer, for as long as the primary runs.
 */
export function closeConnectionsWithWorkers(cluster: Cluster): void {
  cluster.on('fork', (worker: Worker) => {
    const unconfirmed = new Map<number, Connection>();
    const { process } = worker;
    const send = process.send.bind(process) as (message: ClusterMessage, ...rest: unknown[]) => boolean;
    process.send = (message: ClusterMessage, ...rest: unknown[]) => {
      const [connection] = rest as [Connection | undefined];
      if (message.act === 'newconn' && message.seq !== undefined && connection !== undefined)
        unconfirmed.set(message.seq, connection);
      return send(message, ...rest);
    };
    process.on('internalMessage', ({ ack }: ClusterMessage) => {
      if (ack !== undefined) unconfirmed.delete(ack);
    });
    worker.once('exit', () => {
      for (const connection of unconfirmed.values()) connection.close();
    });
  });
}
