export { Metrics } from './metrics.ts';
export { type MetricsServer, serveMetrics } from './server.ts';
export { answerWithMetrics } from './worker-side.ts';
export { type MetricsPeer, WorkerMetrics } from './worker-metrics.ts';
