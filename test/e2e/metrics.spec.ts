import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { metricsUrl, scrape, total, until } from '../support/metrics.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';

describe('metrics of the running service', () => {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin();
    const body = await plain(300, 200, [200, 60, 0]).png().toBuffer();
    origin.serve('/a.png', { body, type: 'image/png' });
  });
  after(() => origin[Symbol.asyncDispose]());

  const thumbnailUrl = (service: RunningService, path: string) =>
    `${service.url}/thumbnail?url=${encodeURIComponent(origin.url(path))}&size=128`;

  it('count requests by route and code, lookups by tier, and the time of each operation', async () => {
    await using service = await RunningService.start({ METRICS_PORT: '0' });
    for (const path of ['/a.png', '/a.png', '/nothing']) {
      await (await fetch(thumbnailUrl(service, path))).arrayBuffer();
    }
    await (await fetch(`${service.url}/%2e%2e/secret?token=hidden`)).text();
    await (await fetch(`${service.url}/healthz`)).text();
    const url = metricsUrl(service);
    await until(async () => total(await scrape(url), 'thumbnailer_http_requests_total') === 4);

    const samples = await scrape(url);
    const requests = (labels: string) => samples.get(`thumbnailer_http_requests_total{${labels}}`);
    expect(requests('route="/thumbnail",method="GET",status="200",code=""')).to.equal(2);
    expect(requests('route="/thumbnail",method="GET",status="404",code="source-not-found"')).to.equal(1);
    expect(requests('route="none",method="GET",status="404",code="not-found"')).to.equal(1);
    expect(samples.get('thumbnailer_thumbnails_total{cache="miss"}')).to.equal(1);
    expect(samples.get('thumbnailer_thumbnails_total{cache="hit"}')).to.equal(1);
    expect(samples.get('thumbnailer_cache_lookups_total{tier="memory",result="hit"}')).to.equal(1);
    expect(samples.get('thumbnailer_cache_up{tier="memory"}')).to.equal(1);
    const operations = (labels: string) =>
      samples.get(`thumbnailer_operation_duration_seconds_count{${labels}}`);
    expect(operations('operation="fetch",result="ok"')).to.equal(1);
    expect(operations('operation="fetch",result="error"')).to.equal(1);
    expect(operations('operation="resize",result="ok"')).to.equal(1);
    for (const bound of ['misses', 'downloads', 'decodes']) {
      expect(samples.get(`thumbnailer_work_under_way{bound="${bound}"}`), bound).to.equal(0);
    }
    expect(samples.get('thumbnailer_memory_budget_bytes{bound="decodes"}')).to.be.greaterThan(1e6);
    expect(total(samples, 'thumbnailer_build_info{version=')).to.equal(1);
    expect(samples.get('process_resident_memory_bytes')).to.be.greaterThan(1e6);
    expect(await service.stop()).to.equal(0);
  });

  it('are on their own port alone, under their own path alone', async () => {
    await using service = await RunningService.start({ METRICS_PORT: '0' });
    expect((await fetch(`${service.url}/metrics`)).status).to.equal(404);
    const url = metricsUrl(service);
    expect((await fetch(url)).headers.get('content-type')).to.include('text/plain; version=0.0.4');
    expect((await fetch(url.replace('/metrics', '/'))).status).to.equal(404);
    expect((await fetch(url, { method: 'POST' })).status).to.equal(405);
  });

  it('are refused in a sentence where their port is taken', async () => {
    await using service = await RunningService.start({ METRICS_PORT: '0' });
    const { code, stderr } = await failedStart({ METRICS_PORT: new URL(metricsUrl(service)).port });
    expect(code).to.equal(1);
    expect(stderr).to.include('Cannot listen').and.include('EADDRINUSE');
  });

  it('show which work is under way, and what memory was reserved for it', async () => {
    let answer = () => undefined as unknown;
    origin.serve('/late', (_request, response) => {
      answer = () => response.end();
    });
    await using service = await RunningService.start({ METRICS_PORT: '0' });
    const response = fetch(thumbnailUrl(service, '/late'));
    await until(() => origin.hits('/late') === 1);
    expect((await scrape(metricsUrl(service))).get('thumbnailer_work_under_way{bound="misses"}')).to.equal(1);
    answer();
    await response;
    expect((await scrape(metricsUrl(service))).get('thumbnailer_work_under_way{bound="misses"}')).to.equal(0);
  });

  describe('and their library, and those of traces and of pretty logs,', () => {
    const LIBRARIES = ['prom-client', '@opentelemetry', 'pino-pretty'];
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'loaded-'));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    /** Which of the libraries a service with this environment loads. */
    async function loadedWith(environment: Record<string, string>): Promise<string[]> {
      const record = join(folder, 'loaded');
      const hook =
        "import { registerHooks } from 'node:module';" +
        "import { appendFileSync } from 'node:fs';" +
        `registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(record)}, url + '\\n');` +
        'return next(url, context); } });';
      const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
      await using service = await RunningService.start({ ...environment, NODE_OPTIONS });
      await service.stop();
      const urls = await readFile(record, 'utf8');
      await rm(record);
      expect(urls).to.match(/\/main\.[jt]s$/m);
      return LIBRARIES.filter((library) => urls.includes(`/node_modules/${library}/`));
    }

    it('are not loaded where nobody asks for them', async () => {
      expect(await loadedWith({})).to.deep.equal([]);
      expect(
        await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }),
      ).to.deep.equal([]);
      expect(
        await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' }),
      ).to.deep.equal([]);
    });

    it('are where somebody does', async () => {
      expect(await loadedWith({ METRICS_PORT: '0' })).to.include('prom-client');
      expect(await loadedWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).to.include(
        '@opentelemetry',
      );
    });
  });
});
