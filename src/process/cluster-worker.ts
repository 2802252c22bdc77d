import type { Config } from '../config/config.ts';
import { type Role, serve } from './serve.ts';

/** The primary serves a worker's metrics. A signal may reach a worker twice, from a terminal and from the primary. */
const WORKER: Role = {
  exposeMetrics: async ({ registry }) => {
    const { answerWithMetrics } = await import('../telemetry/metrics/index.ts');
    return answerWithMetrics(registry, process);
  },
  repeatedSignals: 'ignore',
};

export function serveAsWorker(config: Config): Promise<number> {
  return serve(shareOf(config), WORKER);
}

/**
 * What one worker may use. Memory is divided exactly; counts are rounded up, so that each worker can work: together they
 * then have at most one more for each worker.
 */
export function shareOf(config: Config): Config {
  const { workers, cache, work } = config;
  const bytes = (total: number) => Math.floor(total / workers);
  const pieces = (total: number) => Math.ceil(total / workers);
  return {
    ...config,
    cache: {
      ...cache,
      memoryBytes: bytes(cache.memoryBytes),
      keptSourcesBytes: bytes(cache.keptSourcesBytes),
    },
    work: {
      ...work,
      memoryBudgetBytes: bytes(work.memoryBudgetBytes),
      downloadConcurrency: pieces(work.downloadConcurrency),
      downloadsPerHost: pieces(work.downloadsPerHost),
      resizeConcurrency: pieces(work.resizeConcurrency),
      queueLimit: pieces(work.queueLimit),
    },
  };
}
