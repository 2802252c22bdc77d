import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { type Snapshot, isAnswer } from './messages.ts';

/** The part of a worker that the primary uses. */
export interface MetricsPeer {
  readonly id: number;
  isConnected(): boolean;
  send(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/** A worker that does not answer in this time counts with its last snapshot. */
const ANSWER_TIMEOUT_MS = 1000;

/**
 * The sum of all workers' metrics. The last counts of a worker that has ended stay in it: Prometheus would take a counter
 * that goes down for a restart of the service, and its rate would jump.
 */
export class WorkerMetrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #own = new Registry();
  readonly #restarts = new Counter({
    name: 'thumbnailer_worker_restarts_total',
    help: 'Workers that ended without being asked to, and were replaced.',
    registers: [this.#own],
  });
  readonly #workers: () => readonly MetricsPeer[];
  readonly #timeoutMs: number;
  /** The last snapshot of each living worker. */
  readonly #latest = new Map<number, Snapshot>();
  #departed: Snapshot = [];
  #questions = 0;
  #collecting: Promise<string> | undefined;

  constructor({
    workers,
    timeoutMs = ANSWER_TIMEOUT_MS,
  }: {
    readonly workers: () => readonly MetricsPeer[];
    readonly timeoutMs?: number;
  }) {
    this.#workers = workers;
    this.#timeoutMs = timeoutMs;
    new Gauge({
      name: 'thumbnailer_workers',
      help: 'Workers that run.',
      registers: [this.#own],
      collect() {
        this.set(workers().length);
      },
    });
  }

  restarted(): void {
    this.#restarts.inc();
  }

  /** Must be called for each worker that has ended. */
  ended(workerId: number): void {
    const last = this.#latest.get(workerId);
    this.#latest.delete(workerId);
    if (last !== undefined) this.#departed = sum([this.#departed, last.filter(isCount)]);
  }

  /** Those who ask at a time are given the same: each worker is asked once for all of them. */
  metrics(): Promise<string> {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #collect(): Promise<string> {
    await Promise.all(this.#workers().map((worker) => this.#ask(worker)));
    const own = await this.#own.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([...this.#latest.values(), this.#departed, own]).metrics();
  }

  /** Never rejects: one worker that does not answer must not hide the metrics of the others. */
  async #ask(worker: MetricsPeer): Promise<void> {
    if (!worker.isConnected()) return;
    const question = (this.#questions += 1);
    const settled = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => settled.resolve(undefined), this.#timeoutMs);
    const listen = (message: unknown) => {
      if (!isAnswer(message) || message.answer !== question) return;
      this.#latest.set(worker.id, message.snapshot);
      settled.resolve(undefined);
    };
    worker.on('message', listen);
    try {
      worker.send({ question });
      await settled.promise;
    } finally {
      clearTimeout(timer);
      worker.off('message', listen);
    }
  }
}

/** Only counts outlive a process; gauges describe one that is gone. */
function isCount({ type }: Snapshot[number]): boolean {
  return ['counter', 'histogram'].includes(String(type));
}

function sum(snapshots: readonly Snapshot[]): Snapshot {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsArray() as Snapshot;
}
