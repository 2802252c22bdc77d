import packageJson from '../../package.json' with { type: 'json' };
import { compose } from '../composition/compose.ts';
import { combineObservers } from '../composition/instruments.ts';
import type { Config } from '../config/config.ts';
import { OverloadedError } from '../domain/errors/index.ts';
import { InFlightResponses } from '../http/server/in-flight-responses.ts';
import { listen } from '../http/server/server.ts';
import { type Logger, createLogger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics/index.ts';
import { lookUpWithoutThreads } from './look-up.ts';
import { stopReason } from './stop-reason.ts';
import type { Tracing } from '../telemetry/tracing/index.ts';

/** So long before the end of SHUTDOWN_TIMEOUT, requests in flight are answered 503. */
const LAST_ANSWERS_MS = 1000;
/** So long before it, connections are closed whose clients do not take their answers. */
const LAST_CLOSING_MS = 250;

export interface Role {
  /** Makes the metrics available until it is disposed of. */
  readonly exposeMetrics: (metrics: Metrics, config: Config, logger: Logger) => Promise<AsyncDisposable>;
  /** What a second signal to stop does. */
  readonly repeatedSignals: 'end' | 'ignore';
}

/** A process without workers. */
const ALONE: Role = { exposeMetrics: serveMetricsOf, repeatedSignals: 'end' };

/** Compose, listen; once asked to stop, drain and dispose. Resolves with the exit code. */
export async function serve(config: Config, role: Role = ALONE): Promise<number> {
  lookUpWithoutThreads();
  const logger = await createLogger(config.logLevel);
  if (role === ALONE) for (const warning of config.warnings) logger.warn(warning);
  const stopping = stopReason({
    repeats: role.repeatedSignals,
    onError: (err) => logger.fatal({ err }, 'error outside any request; stopping'),
  });
  let ready = true;
  const shutdownDeadline = new AbortController();
  const inFlight = new InFlightResponses();
  await using held = new AsyncDisposableStack();
  // First, and so disposed of last: some adapter may never close.
  const lastResort = held.use(exitLater());
  const metrics = await startMetrics(config);
  const tracing = held.use(await startTraces(config, logger));
  const composition = held.use(
    await compose(config, {
      logger,
      isReady: () => ready,
      shutdownDeadline: shutdownDeadline.signal,
      inFlight,
      instruments: {
        onOperation: combineObservers([metrics?.onOperation, tracing?.onOperation]),
        onRequest: metrics?.onRequest,
        onCacheChange: metrics?.onCacheChange,
        onCacheLoginRefused: metrics?.onCacheLoginRefused,
        onAdmission: metrics?.onAdmission,
        onKeptSources: metrics?.onKeptSources,
        onHosts: metrics?.onHosts,
        onSlowHost: metrics?.onSlowHost,
        traceRequest: tracing?.traceRequest,
      },
    }),
  );
  if (metrics !== undefined) held.use(await role.exposeMetrics(metrics, config, logger));
  const server = await listen(composition.handler, {
    host: config.host,
    port: config.port,
    // An upload waits in queues first, and its own time stands still while it does.
    bodyTimeoutMs: config.work.queueTimeoutMs + config.sources.timeoutMs,
    inFlight,
  });
  logger.info({ url: server.url + config.basePath, ...composition.description }, 'listening');
  // What cannot be loaded is an uncaught exception, and so ends the process; one that stops needs nothing any more.
  composition.warmUp().catch((error: unknown) => {
    if (ready) throw error as Error;
  });

  const reason = await stopping;
  ready = false;
  if ('signal' in reason) logger.info(reason, 'stopping');
  const exitCode = 'error' in reason ? 1 : 0;
  lastResort.within(config.shutdownTimeoutMs, exitCode);
  // An error may have left anything in disorder: accept nothing new then.
  const serveOnMs = 'error' in reason ? 0 : config.drainDelayMs;
  await endWithin(config.shutdownTimeoutMs, server.stop(serveOnMs), {
    answer: () => shutdownDeadline.abort(new OverloadedError()),
    destroy: () => server.destroy(),
  });
  return exitCode;
}

/** Ends the process, whatever keeps it alive, unless it is disposed of before that. */
function exitLater() {
  let timer: NodeJS.Timeout | undefined;
  return {
    within: (milliseconds: number, exitCode: number) => {
      timer = setTimeout(() => process.exit(exitCode), milliseconds);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

async function startMetrics({ metricsPort }: Config): Promise<Metrics | undefined> {
  if (metricsPort === undefined) return undefined;
  const { Metrics } = await import('../telemetry/metrics/index.ts');
  return new Metrics({ version: packageJson.version });
}

async function startTraces({ tracing }: Config, logger: Logger): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { startTracing } = await import('../telemetry/tracing/index.ts');
  const onExportError = (message: string) => logger.warn({ reason: message }, 'traces are not sent');
  return startTracing({ ...tracing, version: packageJson.version, onExportError });
}

async function serveMetricsOf(metrics: Metrics, config: Config, logger: Logger): Promise<AsyncDisposable> {
  const { serveMetrics } = await import('../telemetry/metrics/index.ts');
  const server = await serveMetrics(metrics.registry, { host: config.host, port: config.metricsPort ?? 0 });
  logger.info({ url: server.url }, 'metrics');
  return server;
}

/** Shortly before the time is over, `answer` ends the work in flight, and then `destroy` what is left. */
async function endWithin(
  milliseconds: number,
  work: Promise<void>,
  { answer, destroy }: { readonly answer: () => void; readonly destroy: () => void },
): Promise<void> {
  const timers = [
    setTimeout(answer, Math.max(milliseconds / 2, milliseconds - LAST_ANSWERS_MS)),
    setTimeout(destroy, Math.max((milliseconds * 3) / 4, milliseconds - LAST_CLOSING_MS)),
  ];
  try {
    await work;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
