import { createServer } from 'node:net';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { OtlpCollector, type ReceivedSpan } from '../support/otlp-collector.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN_ID = 'b7ad6b7169203331';
const SERVER_KIND = 2;
const ERROR_STATUS = 2;

describe('traces of the running service', () => {
  let origin: Origin;
  let collector: OtlpCollector;

  before(async () => {
    origin = await startOrigin();
    const body = await plain(300, 200, [200, 60, 0]).png().toBuffer();
    origin.serve('/a.png', { body, type: 'image/png' });
    origin.serve('/secret-path', { body: 'no image', type: 'text/plain' });
  });
  after(() => origin[Symbol.asyncDispose]());
  beforeEach(async () => {
    collector = await OtlpCollector.start();
  });
  afterEach(() => collector[Symbol.asyncDispose]());

  const thumbnailUrl = (service: RunningService, path: string) =>
    `${service.url}/thumbnail?url=${encodeURIComponent(origin.url(path))}&size=128`;

  /** Serves what `use` asks for, and stops: whatever is left is sent then. */
  async function trace(
    use: (service: RunningService) => Promise<void>,
    environment: Record<string, string> = {},
  ): Promise<RunningService> {
    await using service = await RunningService.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      ...environment,
    });
    await use(service);
    expect(await service.stop()).to.equal(0);
    return service;
  }

  const firstPage = async ({ url }: RunningService) => {
    await (await fetch(url)).text();
  };

  const allNamed = (name: string): readonly ReceivedSpan[] =>
    collector.spans.filter((span) => span.name === name);
  const named = (name: string): ReceivedSpan => {
    expect(allNamed(name), name).to.have.length(1);
    return allNamed(name)[0]!;
  };

  it('continue the trace of the caller, with the work below the request', async () => {
    const service = await trace(async (running) => {
      const headers = { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01` };
      await (await fetch(thumbnailUrl(running, '/a.png'), { headers })).arrayBuffer();
    });
    const request = named('GET /thumbnail');
    expect(request).to.include({ traceId: TRACE_ID, parentSpanId: CALLER_SPAN_ID, kind: SERVER_KIND });
    expect(request.attributes).to.deep.equal({
      'http.request.method': 'GET',
      'http.route': '/thumbnail',
      'http.response.status_code': 200,
      'thumbnailer.cache': 'miss',
      'thumbnailer.source.host': new URL(origin.url('/')).host,
    });
    // The thumbnail and the news of its source are looked up, the thumbnail and the source's generation are kept.
    const lookUps = allNamed('cache get');
    const works = [...lookUps, ...['fetch', 'resize'].map(named), ...allNamed('cache set')];
    expect([lookUps.length, works.length]).to.deep.equal([2, 6]);
    for (const work of works) expect(work).to.include({ traceId: TRACE_ID, parentSpanId: request.spanId });
    for (const { attributes } of lookUps) {
      expect(attributes).to.include({ 'thumbnailer.cache.tier': 'memory', 'thumbnailer.result': 'miss' });
    }
    const line = service.log.find(({ msg }) => msg === 'request');
    expect(line).to.include({ traceId: TRACE_ID, spanId: request.spanId });
  });

  it('say which service they are of, and are sent with the headers of the environment', async () => {
    await trace(firstPage, {
      OTEL_SERVICE_NAME: 'thumbs',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=seven',
    });
    expect(collector.resources[0]).to.include({
      'service.name': 'thumbs',
      'deployment.environment.name': 'test',
    });
    expect(collector.resources[0]).to.have.property('service.version');
    expect(collector.requests[0]).to.deep.include({ path: '/v1/traces' });
    expect(collector.requests[0]!.headers).to.include({ 'x-tenant': 'seven' });
  });

  it('hold no path, no query and no message, and show what failed', async () => {
    await trace(async (running) => {
      await (await fetch(thumbnailUrl(running, '/secret-path?token=hidden'))).text();
      await (await fetch(thumbnailUrl(running, '/nothing-there'))).text();
      await (await fetch(`${running.url}/unknown-secret?token=hidden`)).text();
      await (await fetch(`${running.url}/healthz`)).text();
    });
    expect(JSON.stringify(collector.spans)).to.not.match(/secret|hidden|nothing-there|healthz/);
    expect(named('GET').attributes).to.include({
      'http.response.status_code': 404,
      'error.type': 'not-found',
    });
    const failed = collector.spans.filter(({ status }) => status.code === ERROR_STATUS);
    expect(failed.map(({ name, attributes }) => [name, attributes['error.type']])).to.deep.equal([
      ['fetch', 'source-not-found'],
    ]);
  });

  it('are not passed on to sources', async () => {
    let headers: object = {};
    origin.serve('/headers', (request, response) => {
      ({ headers } = request);
      response.end();
    });
    await trace(async (running) => {
      const caller = { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01`, baggage: 'tenant=seven' };
      await (await fetch(thumbnailUrl(running, '/headers'), { headers: caller })).text();
    });
    expect(headers).to.have.property('user-agent');
    expect(headers).to.not.have.any.keys('traceparent', 'tracestate', 'baggage');
  });

  it('are of the requests that the sampler takes', async () => {
    await trace(firstPage, {
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    expect(collector.spans).to.deep.equal([]);
  });

  it('cost no request where the collector does not answer, and hold the end up for a moment at most', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    let stoppedAt = 0;
    try {
      await trace(
        async (running) => {
          expect((await fetch(thumbnailUrl(running, '/a.png'))).status).to.equal(200);
          stoppedAt = performance.now();
        },
        { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
      );
      expect(performance.now() - stoppedAt).to.be.below(9000);
    } finally {
      silent.close();
    }
  });

  for (const { what, reply, reason } of [
    {
      what: 'refuses them with a page of text',
      reply: { status: 400, body: `secret ${'x'.repeat(100_000)}` },
      reason: 'Bad Request (400)',
    },
    {
      what: 'takes only a part of them',
      reply: { status: 200, body: '{"partialSuccess":{"rejectedSpans":1,"errorMessage":"too old"}}' },
      reason: 'Received Partial Success response: {"rejectedSpans":1,"errorMessage":"too old"}',
    },
  ]) {
    it(`are missed in a line of the log where the collector ${what}`, async () => {
      collector.reply = reply;
      const service = await trace(firstPage);
      const warnings = service.log.filter(({ level }) => level === 40);
      expect(warnings.map(({ msg, ...fields }) => [msg, fields['reason']])).to.deep.equal([
        ['traces are not sent', reason],
      ]);
    });
  }

  it('are dropped beyond a number while the collector does not answer', async () => {
    collector.isSilent = true;
    await trace(async (running) => {
      for (let round = 0; round < 32; round += 1) {
        await Promise.all(
          Array.from({ length: 100 }, async () => (await fetch(`${running.url}/unknown`)).arrayBuffer()),
        );
      }
      // What it is sent from now on is what the service kept.
      collector.isSilent = false;
    });
    // Of 3,200: a queue of 2,048, and a batch of 512 that waits for its answer.
    expect(collector.spans.length).to.be.within(1, 2048 + 512);
  });

  it('are refused in a sentence by a protocol that there is none of here', async () => {
    const { code, stderr } = await failedStart({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(code).to.equal(1);
    expect(stderr).to.include('OTEL_EXPORTER_OTLP_PROTOCOL: expected one of http/json, http/protobuf');
  });
});
