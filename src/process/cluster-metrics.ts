import type { Cluster } from 'node:cluster';
import type { Config } from '../config/config.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { WorkerMetrics } from '../telemetry/metrics/index.ts';

/** Serves the sum of all workers' metrics, where METRICS_PORT is set. */
export async function serveWorkerMetrics(
  { metricsPort, host }: Config,
  cluster: Cluster,
  logger: Logger,
): Promise<(AsyncDisposable & { readonly workers: WorkerMetrics }) | undefined> {
  if (metricsPort === undefined) return undefined;
  const { WorkerMetrics, serveMetrics } = await import('../telemetry/metrics/index.ts');
  const workers = new WorkerMetrics({
    workers: () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined),
  });
  const server = await serveMetrics(workers, { host, port: metricsPort });
  logger.info({ url: server.url }, 'metrics');
  return { workers, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
