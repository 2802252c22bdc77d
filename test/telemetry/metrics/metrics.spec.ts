import { expect } from 'chai';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { Metrics } from '../../../src/telemetry/metrics/index.ts';
import { parseSamples, total } from '../../support/metrics.ts';

describe('Metrics', () => {
  const request = { method: 'GET', route: '/thumbnail', status: 200, durationMs: 12 } as const;
  const samplesOf = async (metrics: Metrics) => parseSamples(await metrics.registry.metrics());

  it('have few series, whatever methods clients send', async () => {
    const metrics = new Metrics({ version: '1.2.3' });
    for (const method of ['PROPFIND', 'PURGE', 'M-SEARCH']) metrics.onRequest({ ...request, method });
    const samples = await samplesOf(metrics);
    expect(
      samples.get('thumbnailer_http_requests_total{route="/thumbnail",method="other",status="200",code=""}'),
    ).to.equal(3);
    expect(
      [...samples.keys()].filter((name) => name.startsWith('thumbnailer_http_requests_total')),
    ).to.have.length(1);
  });

  it('put durations in seconds under the result of the cache', async () => {
    const metrics = new Metrics({ version: '1' });
    metrics.onRequest({ ...request, cacheStatus: 'stale', durationMs: 40 });
    const samples = await samplesOf(metrics);
    const name = (suffix: string, le = '') =>
      `thumbnailer_http_request_duration_seconds_${suffix}{${le}route="/thumbnail",cache="stale"}`;
    expect(samples.get(name('sum'))).to.equal(0.04);
    expect(samples.get(name('bucket', 'le="0.025",'))).to.equal(0);
    expect(samples.get(name('bucket', 'le="0.05",'))).to.equal(1);
    expect(samples.get('thumbnailer_thumbnails_total{cache="stale"}')).to.equal(1);
  });

  it('tell a lookup that failed from a miss', async () => {
    const metrics = new Metrics({ version: '1' });
    const get = { name: 'cache get', tier: 'memcached' } as const;
    metrics.onOperation(get)({ result: 'miss' });
    metrics.onOperation(get)({ error: new Error('gone') });
    const samples = await samplesOf(metrics);
    const lookups = (result: string) =>
      samples.get(`thumbnailer_cache_lookups_total{tier="memcached",result="${result}"}`);
    expect([lookups('miss'), lookups('error'), lookups('hit')]).to.deep.equal([1, 1, undefined]);
  });

  it('tell work that failed from work whose clients had left', async () => {
    const metrics = new Metrics({ version: '1' });
    const outcomes = [{}, { error: new Error('gone') }, { result: 'cancelled' }] as const;
    for (const outcome of outcomes) metrics.onOperation({ name: 'fetch', host: 'images.test' })(outcome);
    const samples = await samplesOf(metrics);
    for (const result of ['ok', 'error', 'cancelled']) {
      const labels = `operation="fetch",result="${result}"`;
      expect(samples.get(`thumbnailer_operation_duration_seconds_count{${labels}}`), result).to.equal(1);
    }
  });

  it('count downloads that ended early, and what they saved', async () => {
    const metrics = new Metrics({ version: '1' });
    const fetch = { name: 'fetch', host: 'images.test' } as const;
    for (const outcome of [{ savedBytes: 700 }, { savedBytes: 0 }, {}]) metrics.onOperation(fetch)(outcome);
    const samples = await samplesOf(metrics);
    expect(samples.get('thumbnailer_source_prefixes_total')).to.equal(2);
    expect(samples.get('thumbnailer_source_bytes_saved_total')).to.equal(700);
  });

  it('read again each time what is kept of sources', async () => {
    const metrics = new Metrics({ version: '1' });
    const kept = { bytes: 1000, uses: 2 };
    metrics.onKeptSources(kept);
    await samplesOf(metrics);
    Object.assign(kept, { bytes: 500, uses: 5 });
    const samples = await samplesOf(metrics);
    expect(samples.get('thumbnailer_kept_sources_bytes')).to.equal(500);
    expect(samples.get('thumbnailer_kept_sources_uses_total')).to.equal(5);
  });

  it('count as turned away what found no place, and not what was given up', async () => {
    const metrics = new Metrics({ version: '1' });
    const wait = { name: 'wait', bound: 'decodes' } as const;
    metrics.onAdmission('decodes', { inside: 2, waiting: 1, spent: 10, budget: 20 });
    const turnedAway = async () =>
      (await samplesOf(metrics)).get('thumbnailer_turned_away_total{bound="decodes"}');
    expect(await turnedAway(), 'from the beginning').to.equal(0);
    metrics.onOperation(wait)({ error: new Error('the client left') });
    metrics.onOperation(wait)({});
    expect(await turnedAway()).to.equal(0);
    metrics.onOperation(wait)({ error: new OverloadedError() });
    expect(await turnedAway()).to.equal(1);
    expect(total(await samplesOf(metrics), 'thumbnailer_queue_wait_seconds_count{bound="decodes"}')).to.equal(
      3,
    );
  });

  it('read an admission again each time, and no memory of one that bounds none', async () => {
    const metrics = new Metrics({ version: '1' });
    const decodes = { inside: 1, waiting: 0, spent: 5e6, budget: 2e7 };
    metrics.onAdmission('decodes', decodes);
    metrics.onAdmission('misses', { inside: 3, waiting: 4, spent: 0, budget: 0 });
    decodes.spent = 7e6;
    const samples = await samplesOf(metrics);
    expect(samples.get('thumbnailer_memory_reserved_bytes{bound="decodes"}')).to.equal(7e6);
    expect(samples.get('thumbnailer_memory_budget_bytes{bound="decodes"}')).to.equal(2e7);
    expect(samples.has('thumbnailer_memory_budget_bytes{bound="misses"}')).to.equal(false);
    expect(samples.get('thumbnailer_work_waiting{bound="misses"}')).to.equal(4);
  });
});
