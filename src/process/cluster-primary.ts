import type { Cluster, Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeLostConnections } from './cluster-connections.ts';
import { serveWorkerMetrics } from './cluster-metrics.ts';
import { Restarts } from './cluster-restarts.ts';
import type { Config } from '../config/config.ts';
import { type Logger, createLogger } from '../telemetry/logger.ts';
import type { WorkerMetrics } from '../telemetry/metrics/index.ts';
import { STOP_SIGNALS, type StopReason, stopReason } from './stop-reason.ts';

/** Workers keep the time for stopping themselves. One that has not ended so long after that is killed. */
const KILL_AFTER_MS = 2000;

/** How a worker has ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly err?: unknown;
}

/** A worker that was started, if it could be. */
interface Life {
  readonly worker?: Worker;
  readonly ended: Promise<Ending>;
}

interface Fleet {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics | undefined;
  /** Aborts when the fleet is asked to stop. */
  readonly stopped: AbortSignal;
}

/**
 * Starts the workers and keeps them running; once asked to stop, stops them all. The others start once the first listens:
 * what keeps it from listening would keep them from it too, and so ends everything with one message.
 *
 * @returns the exit code
 */
export async function superviseWorkers(config: Config, cluster: Cluster): Promise<number> {
  const logger = await createLogger(config.logLevel);
  for (const warning of config.warnings) logger.warn(warning);
  const stopping = stopReason({
    repeats: 'end',
    onError: (err) => logger.fatal({ err }, 'error in the primary; stopping'),
  });
  cluster.setupPrimary({ execArgv: shareOfHeap(process.execArgv, config.workers) });
  closeLostConnections(cluster);
  await using metrics = await serveWorkerMetrics(config, cluster, logger);
  const stop = new AbortController();
  const fleet: Fleet = { cluster, logger, metrics: metrics?.workers, stopped: stop.signal };

  const first = begin(cluster);
  const begun = await Promise.race([listening(first), first.ended, stopping]);
  if (begun !== undefined && 'code' in begun) {
    // One that has ended by itself has said why.
    if (begun.code === null) logger.fatal(begun, 'the first worker ended before it listened');
    return 1;
  }
  const lives = [keepRunning(fleet, first)];
  if (begun === undefined) {
    while (lives.length < config.workers) lives.push(keepRunning(fleet, begin(cluster)));
    logger.info({ workers: lives.length }, 'workers started');
  }

  const reason = await stopping;
  stop.abort();
  if ('signal' in reason) logger.info(reason, 'stopping all workers');
  const endings = await stopAll(cluster, reason, config.shutdownTimeoutMs + KILL_AFTER_MS, lives);
  return endings.every(isWell) && !('error' in reason) ? 0 : 1;
}

/** Resolves once the fleet is stopped, with how its last worker ended; those before it are replaced. */
async function keepRunning({ cluster, logger, metrics, stopped }: Fleet, first: Life): Promise<Ending> {
  const restarts = new Restarts();
  for (let current = first; ; current = begin(cluster)) {
    const startedAt = performance.now();
    const ending = await current.ended;
    const { worker } = current;
    if (worker !== undefined) metrics?.ended(worker.id);
    if (stopped.aborted) return ending;
    const restartInMs = restarts.delayMs(performance.now() - startedAt);
    // One that somebody has asked to stop is no fault.
    const level = isWell(ending) ? 'info' : 'error';
    const hasRun = ending.err === undefined;
    logger[level](
      { workerPid: worker?.process.pid, ...ending, restartInMs },
      hasRun ? 'a worker ended; it is replaced' : 'a worker cannot be started; it is tried again',
    );
    const isAwake = await sleep(restartInMs, true, { signal: stopped }).catch(() => false);
    // Stopped while no worker is in this place: nothing is left that could end badly.
    if (!isAwake) return { code: 0, signal: null };
    if (hasRun && !isWell(ending)) metrics?.restarted();
  }
}

async function stopAll(
  cluster: Cluster,
  reason: StopReason,
  timeoutMs: number,
  lives: readonly Promise<Ending>[],
): Promise<Ending[]> {
  signalAll(cluster, 'signal' in reason ? reason.signal : 'SIGTERM');
  const timer = setTimeout(() => signalAll(cluster, 'SIGKILL'), timeoutMs);
  try {
    return await Promise.all(lives);
  } finally {
    clearTimeout(timer);
  }
}

function signalAll(cluster: Cluster, signal: NodeJS.Signals): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
}

/** A worker that was still starting is ended by the signal itself. */
function isWell({ code, signal }: Ending): boolean {
  return code === 0 || (signal !== null && STOP_SIGNALS.includes(signal));
}

/** Starts a worker. The system may lack what that takes: processes, memory or file descriptors. */
function begin(cluster: Cluster): Life {
  try {
    const worker = cluster.fork();
    return { worker, ended: endingOf(worker) };
  } catch (err) {
    return { ended: Promise.resolve({ code: null, signal: null, err }) };
  }
}

function endingOf(worker: Worker): Promise<Ending> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }));
    worker.on('error', (err) => {
      // What is still sent to one that has just died fails, and is no fault of the primary's.
      if (worker.process.pid !== undefined) return;
      resolve({ code: null, signal: null, err });
      // One that could not be started has no exit, and without it node:cluster would list it for good.
      worker.process.emit('exit', null, null);
    });
  });
}

function listening({ worker }: Life): Promise<undefined> {
  return new Promise((resolve) => {
    worker?.once('listening', () => resolve(undefined));
  });
}

/** A limit of the heap is for all workers together, like the memory that it is a part of. */
function shareOfHeap(flags: readonly string[], workers: number): string[] {
  return flags.map((flag) => {
    const [, name, limit] = /^(--max[-_]old[-_]space[-_]size(?:[-_]percentage)?)=(\d+)$/.exec(flag) ?? [];
    return name === undefined ? flag : `${name}=${Math.ceil(Number(limit) / workers)}`;
  });
}
