import type { Config } from '../config/config.ts';
import { type Role, serve } from './serve.ts';

/** A worker's metrics are the primary's to serve; and a signal may reach it twice, from a terminal and from the primary. */
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
 * What one worker may use. Memory is divided exactly; what is counted in pieces is rounded up, so that each can work:
 * all together then have at most one piece more for each worker.
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
      resizeConcurrency: pieces(work.resizeConcurrency),
      queueLimit: pieces(work.queueLimit),
    },
  };
}
