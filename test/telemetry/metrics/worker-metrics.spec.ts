import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { Metrics, WorkerMetrics, answerWithMetrics } from '../../../src/telemetry/metrics/index.ts';
import { parseSamples } from '../../support/metrics.ts';

const REQUEST = { method: 'GET', route: '/', status: 200, durationMs: 1 };
const REQUESTS = 'thumbnailer_http_requests_total{route="/",method="GET",status="200",code=""}';

/** A worker in this process: what is sent to it and what it answers goes through JSON, as between processes. */
class FakeWorker extends EventEmitter {
  readonly id: number;
  readonly metrics = new Metrics({ version: '1' });
  answers = true;

  constructor(id: number) {
    super();
    this.id = id;
    answerWithMetrics(this.metrics.registry, {
      on: (_event, listener) => this.on('question', listener),
      off: (_event, listener) => this.off('question', listener),
      send: (message) => this.emit('message', JSON.parse(JSON.stringify(message))),
    });
  }

  isConnected(): boolean {
    return true;
  }

  send(message: unknown): void {
    if (this.answers) this.emit('question', JSON.parse(JSON.stringify(message)));
  }
}

describe('WorkerMetrics', () => {
  let workers: FakeWorker[];
  let sum: WorkerMetrics;
  beforeEach(() => {
    workers = [new FakeWorker(1), new FakeWorker(2)];
    sum = new WorkerMetrics({ workers: () => workers, timeoutMs: 500 });
  });

  const samples = async () => parseSamples(await sum.metrics());

  it('add up what the workers counted', async () => {
    workers[0]!.metrics.onRequest(REQUEST);
    workers[1]!.metrics.onRequest(REQUEST);
    workers[1]!.metrics.onCacheChange('memcached', false);
    workers[0]!.metrics.onCacheChange('memcached', true);
    const added = await samples();
    expect(added.get(REQUESTS)).to.equal(2);
    expect(added.get('thumbnailer_workers')).to.equal(2);
    expect(added.get('thumbnailer_build_info{version="1"}'), 'the first').to.equal(1);
    expect(added.get('thumbnailer_cache_up{tier="memcached"}'), 'the least').to.equal(0);
  });

  it('are asked for once by however many scrapers at a time', async () => {
    let asked = 0;
    for (const worker of workers) worker.on('question', () => (asked += 1));
    const texts = await Promise.all(Array.from({ length: 16 }, () => sum.metrics()));
    expect(new Set(texts).size).to.equal(1);
    expect(asked).to.equal(workers.length);
    await sum.metrics();
    expect(asked).to.equal(2 * workers.length);
  });

  it('keep the counts of a worker that has ended, and nothing else of it', async () => {
    workers[0]!.metrics.onRequest(REQUEST);
    workers[0]!.metrics.onCacheChange('memory', true);
    await samples();
    workers = [workers[1]!];
    sum.ended(1);
    sum.restarted();
    workers[0]!.metrics.onRequest(REQUEST);
    for (let time = 0; time < 2; time += 1) {
      const added = await samples();
      expect(added.get(REQUESTS)).to.equal(2);
      expect(added.get('thumbnailer_http_request_duration_seconds_count{route="/",cache="none"}')).to.equal(
        2,
      );
      expect(added.has('thumbnailer_cache_up{tier="memory"}')).to.equal(false);
      expect(added.get('thumbnailer_worker_restarts_total')).to.equal(1);
    }
  });

  it('take what a worker said last that does not answer in time', async () => {
    workers[0]!.metrics.onRequest(REQUEST);
    expect((await samples()).get(REQUESTS)).to.equal(1);
    workers[0]!.answers = false;
    workers[1]!.metrics.onRequest(REQUEST);
    expect((await samples()).get(REQUESTS)).to.equal(2);
  });

  it('leave no listener behind', async () => {
    await samples();
    for (const worker of workers) expect(worker.listenerCount('message')).to.equal(0);
  });
});
