import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { OverloadedError } from '../../domain/errors/index.ts';
import type { Bound, Operation, OperationObserver, Outcome } from '../../ports/operation-observer.ts';

/** What is counted of a request. Every field has few values, and a client can invent none. */
interface FinishedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly cacheStatus?: string | undefined;
  readonly durationMs: number;
}

/** The figures of an admission, read at each scrape. */
interface Figures {
  readonly inside: number;
  readonly waiting: number;
  /** Bytes; 0 where only the number of slots is limited. */
  readonly spent: number;
  readonly budget: number;
}

/** HTTP knows some forty methods, and a client may send any of them. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

/** Of image hosts, in the life of a process. */
const MAX_HOST_NAMES = 50;

/** In seconds: a look into a near cache takes a fraction of a millisecond, a slow source ten seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** This process's metrics for Prometheus. docs/operations.md lists them. */
export class Metrics {
  readonly registry = new Registry();
  readonly #admissions = new Map<Bound, Figures>();
  readonly #requests = this.#counter('http_requests_total', 'Requests answered, but those for health.', [
    'route',
    'method',
    'status',
    'code',
  ]);
  readonly #durations = this.#histogram(
    'http_request_duration_seconds',
    'From the arrival of a request to the end of its answer; cache is none if no thumbnail was sent.',
    ['route', 'cache'],
  );
  readonly #results = this.#counter('thumbnails_total', 'Thumbnails sent, by cache status.', ['cache']);
  readonly #operations = this.#histogram(
    'operation_duration_seconds',
    'Work for requests, by operation; the time in queues is not included.',
    ['operation', 'result'],
  );
  readonly #lookups = this.#counter('cache_lookups_total', 'Cache lookups, by tier and result.', [
    'tier',
    'result',
  ]);
  readonly #prefixes = this.#counter('source_prefixes_total', 'Downloads that ended early.', []);
  readonly #savedBytes = this.#counter(
    'source_bytes_saved_total',
    'Bytes that these downloads saved, if the length was announced.',
    [],
  );
  readonly #waits = this.#histogram('queue_wait_seconds', 'Time that work spent in a queue.', ['bound']);
  readonly #turnedAway = this.#counter(
    'turned_away_total',
    'Work that found its queue full, or waited too long.',
    ['bound'],
  );
  readonly #slowHosts = this.#counter(
    'slow_hosts_total',
    'How often an image host did not answer in time again and again; host is other beyond the first 50.',
    ['host'],
  );
  readonly #slowHostNames = new Set<string>();
  readonly #cacheUp = this.#gauge('cache_up', '1 while the cache responds, else 0.', ['tier'], 'min');

  readonly #refusedLogins = this.#counter('cache_login_failures_total', 'Logins that a cache has refused.', [
    'tier',
  ]);

  constructor({ version }: { readonly version: string }) {
    collectDefaultMetrics({ register: this.registry });
    this.#gauge('build_info', '1, with the version.', ['version'], 'first').set({ version }, 1);
    this.#admissionGauge('work_under_way', 'Work in progress.', ({ inside }) => inside);
    this.#admissionGauge('work_waiting', 'Work waiting in a queue.', ({ waiting }) => waiting);
    this.#admissionGauge(
      'memory_reserved_bytes',
      'Memory that the work in progress may need.',
      ({ spent, budget }) => (budget > 0 ? spent : undefined),
    );
    this.#admissionGauge('memory_budget_bytes', 'Limit on that memory.', ({ budget }) =>
      budget > 0 ? budget : undefined,
    );
  }

  readonly onRequest = ({
    method,
    route,
    status,
    code = '',
    cacheStatus,
    durationMs,
  }: FinishedRequest): void => {
    this.#requests.inc({ route, method: METHODS.has(method) ? method : 'other', status, code });
    this.#durations.observe({ route, cache: cacheStatus ?? 'none' }, durationMs / 1000);
    if (cacheStatus !== undefined) this.#results.inc({ cache: cacheStatus });
  };

  readonly onOperation: OperationObserver = (operation) => {
    const startedAt = performance.now();
    return (outcome) => this.#ended(operation, outcome, (performance.now() - startedAt) / 1000);
  };

  readonly onCacheChange = (tier: string, isUp: boolean): void => {
    this.#cacheUp.set({ tier }, isUp ? 1 : 0);
    this.#refusedLogins.inc({ tier }, 0);
  };

  readonly onCacheLoginRefused = (tier: string): void => {
    this.#refusedLogins.inc({ tier });
  };

  readonly onAdmission = (bound: Bound, figures: Figures): void => {
    this.#admissions.set(bound, figures);
    // Prometheus sees the first increment of a series only if it existed before.
    this.#turnedAway.inc({ bound }, 0);
  };

  readonly onHosts = (hosts: Pick<Figures, 'inside' | 'waiting'> & { readonly suspended: number }): void => {
    this.onAdmission('hosts', {
      get inside() {
        return hosts.inside;
      },
      get waiting() {
        return hosts.waiting;
      },
      spent: 0,
      budget: 0,
    });
    const help = 'Image hosts that are asked less, because they did not answer in time.';
    this.#gauge('suspended_hosts', help, [], 'sum', (gauge) => gauge.set(hosts.suspended));
  };

  /** Clients choose hosts: the number of series has to be limited. */
  readonly onSlowHost = (host: string): void => {
    if (this.#slowHostNames.size < MAX_HOST_NAMES) this.#slowHostNames.add(host);
    this.#slowHosts.inc({ host: this.#slowHostNames.has(host) ? host : 'other' });
  };

  readonly onKeptSources = (kept: { readonly bytes: number; readonly uses: number }): void => {
    this.#gauge('kept_sources_bytes', 'Size of the source cache.', [], 'sum', (gauge) =>
      gauge.set(kept.bytes),
    );
    new Counter({
      name: 'thumbnailer_kept_sources_uses_total',
      help: 'Thumbnails made from the source cache, without a download.',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(kept.uses);
      },
    });
  };

  #ended(
    { name, tier, bound = 'misses' }: Operation,
    { result, savedBytes, error }: Outcome,
    seconds: number,
  ): void {
    if (name === 'wait') {
      this.#waits.observe({ bound }, seconds);
      if (error instanceof OverloadedError) this.#turnedAway.inc({ bound });
      return;
    }
    const ending = result === 'cancelled' ? result : error === undefined ? 'ok' : 'error';
    this.#operations.observe({ operation: name.replace(' ', '_'), result: ending }, seconds);
    if (savedBytes !== undefined) {
      this.#prefixes.inc();
      this.#savedBytes.inc(savedBytes);
    }
    if (name === 'cache get' && tier !== undefined) this.#lookups.inc({ tier, result: result ?? 'error' });
  }

  #admissionGauge(name: string, help: string, read: (figures: Figures) => number | undefined): void {
    const admissions = this.#admissions;
    this.#gauge(name, help, ['bound'], 'sum', (gauge) => {
      for (const [bound, figures] of admissions) {
        const value = read(figures);
        if (value !== undefined) gauge.set({ bound }, value);
      }
    });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `thumbnailer_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: Label[]): Histogram<Label> {
    const registers = [this.registry];
    return new Histogram({ name: `thumbnailer_${name}`, help, labelNames, buckets: BUCKETS, registers });
  }

  /** @param aggregator how the values of several workers become one */
  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    aggregator: 'sum' | 'min' | 'first',
    collect: (gauge: Gauge<Label>) => void = () => undefined,
  ): Gauge<Label> {
    return new Gauge({
      name: `thumbnailer_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      aggregator,
      collect() {
        collect(this);
      },
    });
  }
}
