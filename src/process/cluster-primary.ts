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
  const stopping = stopReason({ repeats: 'end' });
  cluster.setupPrimary({ execArgv: shareOfHeap(process.execArgv, config.workers) });
  closeLostConnections(cluster);
  await using metrics = await serveWorkerMetrics(config, cluster, logger);
  const stop = new AbortController();
  const fleet: Fleet = { cluster, logger, metrics: metrics?.workers, stopped: stop.signal };

  const first = cluster.fork();
  const firstEnding = endingOf(first);
  const begun = await Promise.race([listening(first), firstEnding, stopping]);
  if (begun !== undefined && 'code' in begun) {
    if (begun.signal !== null) logger.fatal(begun, 'the first worker ended before it listened');
    return 1;
  }
  const lives = [keepRunning(fleet, first, firstEnding)];
  if (begun === undefined) {
    while (lives.length < config.workers) lives.push(keepRunning(fleet, cluster.fork()));
    logger.info({ workers: lives.length }, 'workers started');
  }

  const reason = await stopping;
  stop.abort();
  report(reason, logger);
  const endings = await stopAll(cluster, reason, config.shutdownTimeoutMs + KILL_AFTER_MS, lives);
  return endings.every(isWell) && !('error' in reason) ? 0 : 1;
}

/** Resolves once the fleet is stopped, with how its last worker ended; those before it are replaced. */
async function keepRunning(
  { cluster, logger, metrics, stopped }: Fleet,
  first: Worker,
  firstEnding = endingOf(first),
): Promise<Ending> {
  const restarts = new Restarts();
  for (let current = first, ended = firstEnding; ; current = cluster.fork(), ended = endingOf(current)) {
    const startedAt = performance.now();
    const ending = await ended;
    metrics?.ended(current.id);
    if (stopped.aborted) return ending;
    const restartInMs = restarts.delayMs(performance.now() - startedAt);
    // One that somebody has asked to stop is no fault.
    const level = isWell(ending) ? 'info' : 'error';
    logger[level](
      { workerPid: current.process.pid, ...ending, restartInMs },
      'a worker ended; it is replaced',
    );
    const isAwake = await sleep(restartInMs, true, { signal: stopped }).catch(() => false);
    // Stopped while no worker is in this place: nothing is left that could end badly.
    if (!isAwake) return { code: 0, signal: null };
    if (!isWell(ending)) metrics?.restarted();
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

function endingOf(worker: Worker): Promise<Ending> {
  return new Promise((resolve) => {
    worker.once('exit', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }));
    // What is still sent to one that has just died fails, and is no fault of the primary's. One that never began has no exit.
    worker.on('error', (error) => {
      if (worker.process.pid === undefined) throw error;
    });
  });
}

function listening(worker: Worker): Promise<undefined> {
  return new Promise((resolve) => {
    worker.once('listening', () => resolve(undefined));
  });
}

function report(reason: StopReason, logger: Logger): void {
  if ('error' in reason) logger.fatal({ err: reason.error }, 'error in the primary; stopping');
  else logger.info(reason, 'stopping all workers');
}

/** A limit of the heap is for all workers together, like the memory that it is a part of. */
function shareOfHeap(flags: readonly string[], workers: number): string[] {
  return flags.map((flag) => {
    const [, name, limit] = /^(--max[-_]old[-_]space[-_]size(?:[-_]percentage)?)=(\d+)$/.exec(flag) ?? [];
    return name === undefined ? flag : `${name}=${Math.ceil(Number(limit) / workers)}`;
  });
}
