import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { type Snapshot, isAnswer } from './messages.ts';

/** A worker, as far as the primary talks to it. */
export interface MetricsPeer {
  readonly id: number;
  isConnected(): boolean;
  send(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/** A worker that is busy for so long is left out of the sum with what it said last. */
const ANSWER_TIMEOUT_MS = 1000;

/**
 * The metrics of all workers, added up. What a worker that has ended had counted stays in the sum as it was last asked
 * for: a counter that went down would read as a restart of the whole, and its rate would leap.
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
  /** What each living worker said last. */
  readonly #latest = new Map<number, Snapshot>();
  #departed: Snapshot = [];
  #questions = 0;

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

  /** To be told of each worker that has ended. */
  ended(workerId: number): void {
    const last = this.#latest.get(workerId);
    this.#latest.delete(workerId);
    if (last !== undefined) this.#departed = sum([this.#departed, last.filter(isCount)]);
  }

  async metrics(): Promise<string> {
    await Promise.all(this.#workers().map((worker) => this.#ask(worker)));
    const own = await this.#own.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([...this.#latest.values(), this.#departed, own]).metrics();
  }

  /** Resolves in any case: a worker that does not answer is one that the figures should show, not hide. */
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

/** A sum of what only grows; the rest was of the process that has ended. */
function isCount({ type }: Snapshot[number]): boolean {
  return ['counter', 'histogram'].includes(String(type));
}

function sum(snapshots: readonly Snapshot[]): Snapshot {
  return AggregatorRegistry.aggregate([...snapshots]).getMetricsAsArray() as Snapshot;
}
