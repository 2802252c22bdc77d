import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { pino } from 'pino';
import {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  OverloadedError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceTimeoutError,
  SourceTooLargeError,
  SourceUnreachableError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { FITS, MEDIA_TYPES, OUTPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { parseSigningKeys, sign } from '../../../src/domain/access/signature.ts';
import { createApp } from '../../../src/http/app.ts';
import { InFlightResponses } from '../../../src/http/server/in-flight-responses.ts';
import { Assets } from '../../../src/http/pages/assets.ts';
import { ERROR_RESPONSES, type ErrorCode } from '../../../src/http/error-responses.ts';
import { openApiDocument } from '../../../src/http/openapi/openapi.ts';
import { BROWSER_HEADERS, SCRIPT_HEADERS } from '../../../src/http/openapi/headers.ts';
import { WHOLE_SITE } from '../../../src/http/site.ts';
import { type TestApp, postForm, startApp } from '../../support/app.ts';
import { requestTo } from '../../support/request-to.ts';
import { type Harness, harness } from '../../support/service.ts';
import { beginPost } from '../../support/uploads.ts';

const OCTETS = 'application/octet-stream';
const SOURCE = 'http://images.example/a.png';
const KEYS = `k1:${Buffer.alloc(32, 'key').toString('base64url')}`;

/** Routes that are not for anyone who has not read their address in a page. */
const OF_THE_PAGES: readonly string[] = new Assets('').paths;
/** Answered ahead of the router. */
const HEALTH = ['/healthz', '/readyz'];
/** Of the connection and of the message, not of the answer. */
const OF_THE_TRANSPORT = ['connection', 'content-type', 'date', 'keep-alive', 'transfer-encoding'];

describe('the OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(DEFAULT_LIMITS))) as Document;
  let app: TestApp;
  let fakes: Harness;

  beforeEach(async () => {
    fakes = harness({ secrets: { 'signing-keys': KEYS } });
    app = await startApp(fakes);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).to.match(/^3\.1\./);
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(result).to.deep.equal({ valid: true });
    expect(validator.version).to.equal('3.1');
    const broken = { ...document, paths: { '/': { get: { responses: 'none' } } } };
    expect((await new Validator().validate(broken)).valid).to.equal(false);
  });

  it('refers only to what it has, and has nothing that it does not refer to', () => {
    const text = JSON.stringify(document.paths) + JSON.stringify(document.components.responses);
    const referred = [...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, name]) => name);
    const present = Object.entries(document.components).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `${kind}/${name}`),
    );
    expect([...new Set(referred)]).to.have.members(present);
  });

  it('is served with a validator, to be kept for minutes', async () => {
    const response = await fetch(`${app.url}/openapi.json`);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.match(/^application\/json/);
    expect(response.headers.get('cache-control')).to.equal('public, max-age=300');
    expect(await response.json()).to.deep.equal(document);
    const etag = response.headers.get('etag')!;
    const again = await fetch(`${app.url}/openapi.json`, { headers: { 'If-None-Match': etag } });
    expect(again.status).to.equal(304);
  });

  it('is described for people on the page that every page points to', async () => {
    for (const path of ['/', '/nothing']) {
      const html = await (await fetch(app.url + path, { headers: { Accept: 'text/html' } })).text();
      expect(html).to.include('<a href="/docs">API reference</a>');
    }
  });

  it('has every route with every method, and no other', async () => {
    const routes = routesOf(fakes).filter(({ path }) => !OF_THE_PAGES.includes(path));
    const described = operationsOf(document).filter(({ path }) => !HEALTH.includes(path));
    expect(described.map(({ method, path }) => `${method} ${path}`)).to.have.members(
      routes.map(({ method, path }) => `${method} ${path}`),
    );
    expect(routesOf(fakes).map(({ path }) => path)).to.include.members(OF_THE_PAGES);
    for (const path of HEALTH) expect((await fetch(app.url + path)).status, path).to.equal(200);
    expect(JSON.stringify(document)).to.not.include('/metrics');
    expect((await fetch(`${app.url}/metrics`)).status).to.equal(404);
  });

  it('has an id of its own for each operation', () => {
    const ids = operationsOf(document).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  for (const [method, path] of [
    ['get', '/thumbnail'],
    ['head', '/thumbnail'],
    ['post', '/thumbnail'],
    ['delete', '/thumbnail'],
    ['get', '/info'],
    ['post', '/info'],
  ] as const) {
    it(`has the parameters that ${method} ${path} knows, in the same order`, async () => {
      const sent = method === 'head' ? 'get' : method;
      const response = await fetch(`${app.url}${path}?unheard-of=1`, { method: sent.toUpperCase() });
      const { detail } = (await response.json()) as { detail: string };
      const [, known = ''] = /Allowed: (.*)\.$/.exec(detail) ?? [];
      expect(parametersOf(document, method, path, 'query').map(({ name }) => name)).to.deep.equal(
        known.split(', '),
      );
    });
  }

  it('has the fields that the form knows', async () => {
    const html = await (await postForm(app.url, { 'unheard-of': '1' })).text();
    const [, known = ''] = /Allowed: ([^.]*)\./.exec(html) ?? [];
    const { content } = document.paths['/']!['post']!.requestBody!;
    const { schema } = content['application/x-www-form-urlencoded']!;
    expect(Object.keys(schema.properties)).to.deep.equal(known.split(', '));
    const { schema: multipart } = content['multipart/form-data']!;
    expect(Object.keys(multipart.properties)).to.deep.equal([...known.split(', '), 'image']);
    for (const { required } of [schema, multipart]) expect(required).to.deep.equal(['thumbnail_size']);
  });

  it('requires the parameters that are required, and lists the choices that there are', async () => {
    const parameters = parametersOf(document, 'get', '/thumbnail', 'query');
    const complete = new URLSearchParams({ url: SOURCE, size: '64', format: 'png' });
    for (const { name, required = false } of parameters) {
      const without = new URLSearchParams(complete);
      without.delete(name);
      // Of the sides of the box, one must be there, and no schema says which.
      const isNeeded = required || name === 'size';
      const { status } = await fetch(`${app.url}/thumbnail?${without.toString()}`);
      expect(status, name).to.equal(isNeeded ? 400 : 200);
    }
    const schemas = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
    expect(schemas['format']).to.deep.equal({ enum: ['auto', ...OUTPUT_FORMATS, 'jpg'], default: 'auto' });
    expect(schemas['fit']).to.deep.equal({ enum: FITS, default: 'inside' });
    for (const name of ['format', 'fit']) {
      for (const value of schemas[name]!.enum!) {
        // It is for animations.
        if (value === 'gif') continue;
        const query = new URLSearchParams({ url: SOURCE, size: '64', [name]: String(value) });
        expect((await fetch(`${app.url}/thumbnail?${query.toString()}`)).status, String(value)).to.equal(200);
      }
    }
  });

  it('has the sizes that the operator set', () => {
    expect(JSON.stringify(openApiDocument({ ...DEFAULT_LIMITS, openSizes: [11, 222] })))
      .to.include('"anyOf":[{"enum":[11,222]}')
      .and.include('11 or 222');
  });

  it('has every code, each under its status', () => {
    const found = new Map<string, Set<number>>();
    const answers = operationsOf(document).flatMap(({ operation }) => Object.entries(operation.responses));
    for (const [status, answer] of answers) {
      const { description } = '$ref' in answer ? document.components.responses['NoSuchMethod']! : answer;
      for (const [, code = ''] of description.matchAll(/`([a-z-]+)`: /g))
        found.set(code, (found.get(code) ?? new Set()).add(Number(status)));
    }
    // Where there is no route, there is no operation either.
    expect(document.info.description).to.include('404 and the code `not-found`');
    const table = Object.entries({ ...ERROR_RESPONSES, 'not-found': undefined }).flatMap(([code, answer]) =>
      answer === undefined ? [] : [[code, [answer.status]] as const],
    );
    expect(Object.fromEntries([...found].map(([code, statuses]) => [code, [...statuses]]))).to.deep.equal(
      Object.fromEntries(table),
    );
    const { code } = document.components.schemas['Problem']!.properties;
    expect(code!.enum).to.have.members(Object.keys(ERROR_RESPONSES));
  });

  it('has the codes that docs/http-api.md has, and so do the routes', async () => {
    const written = await readFile(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');
    const rows = [...written.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \| (\d{3}) \|/gm)];
    const codes = rows.flatMap(([, names = '', status]) =>
      [...names.matchAll(/[a-z-]+/g)].map(([code]) => [code, Number(status)]),
    );
    const table = Object.entries(ERROR_RESPONSES).map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(codes)).to.deep.equal(Object.fromEntries(table));
    for (const { path } of operationsOf(document)) expect(written).to.include(path);
  });

  describe('describes real answers:', () => {
    const signed = (method: 'GET' | 'DELETE', parameters: Record<string, string>) =>
      `/thumbnail?${sign(`${method} /thumbnail`, new URLSearchParams(parameters), 4_000_000_000, parseSigningKeys(KEYS)).toString()}`;
    const thumbnail = (parameters: Record<string, string> = {}) =>
      `/thumbnail?${new URLSearchParams({ url: SOURCE, size: '64', ...parameters }).toString()}`;
    const ask = async (method: string, path: string, init: RequestInit = {}) =>
      expectDescribed(document, method, path, await fetch(app.url + path, { method, ...init }));

    for (const format of OUTPUT_FORMATS.filter((name) => name !== 'gif')) {
      it(`a thumbnail as ${format}, a hit and 304`, async () => {
        const first = await ask('GET', thumbnail({ format }));
        expect(first.headers.get('content-type')).to.equal(MEDIA_TYPES[format]);
        expect((await ask('HEAD', thumbnail({ format }))).headers.get('cache-status')).to.include('hit');
        const headers = { 'If-None-Match': first.headers.get('etag')! };
        expect((await ask('GET', thumbnail({ format }), { headers })).status).to.equal(304);
        expect((await ask('HEAD', thumbnail({ format }), { headers })).status).to.equal(304);
      });
    }

    it('a negotiated thumbnail, and a fault in place of one', async () => {
      const headers = { Accept: 'image/webp' };
      expect((await ask('GET', thumbnail(), { headers })).headers.get('vary')).to.equal('Accept');
      fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
      const missing = thumbnail({ url: `${SOURCE}?missing` });
      expect((await ask('GET', missing)).headers.get('vary')).to.equal('Accept');
      expect((await ask('HEAD', missing)).status).to.equal(404);
    });

    it('a thumbnail of what is sent, each way, and a fault in place of one', async () => {
      const form = new FormData();
      form.set('image', new Blob(['<svg>image']), 'a.png');
      for (const body of [form, new Blob(['<svg>image'], { type: 'image/png' }), new Blob(['<svg>image'])]) {
        const headers = body instanceof Blob && body.type === '' ? { 'Content-Type': OCTETS } : {};
        expect((await ask('POST', '/thumbnail?size=64', { body, headers })).status).to.equal(200);
      }
      fakes.resizer.answer = () => Promise.reject(new CorruptImageError());
      const body = new Blob(['<svg>other'], { type: 'image/png' });
      expect((await ask('POST', '/thumbnail?size=64', { body })).status).to.equal(422);
      form.set('thumbnail_size', '64');
      expect((await ask('POST', '/', { body: form })).status).to.equal(200);
    });

    it('a purge', async () => {
      expect((await ask('DELETE', signed('DELETE', { url: SOURCE }))).status).to.equal(204);
      expect((await ask('DELETE', signed('GET', { url: SOURCE }))).status).to.equal(403);
      expect((await ask('DELETE', '/thumbnail')).status).to.equal(400);
      fakes.cache.set = () => Promise.reject(new Error('the cache is down'));
      expect((await ask('DELETE', signed('DELETE', { url: SOURCE }))).status).to.equal(503);
    });

    it('a preflight, granted and not', async () => {
      for (const path of ['/thumbnail', '/openapi.json']) {
        const headers = { Origin: 'https://other.example', 'Access-Control-Request-Method': 'GET' };
        expect((await ask('OPTIONS', path, { headers })).status).to.equal(204);
      }
    });

    it('the pages, the document and health', async () => {
      for (const path of ['/', '/openapi.json', ...HEALTH]) {
        for (const method of ['GET', 'HEAD']) expect((await ask(method, path)).status).to.equal(200);
      }
      const form = new URLSearchParams({ image_url: SOURCE, thumbnail_size: '64' });
      expect((await ask('POST', '/', { method: 'POST', body: form })).status).to.equal(200);
      app.ready = false;
      expect((await ask('GET', '/readyz')).status).to.equal(503);
      expect((await ask('HEAD', '/readyz')).status).to.equal(503);
    });

    /** How each code comes about, whose answer the caller then looks up. */
    const PROVOKED: Readonly<Record<ErrorCode, () => Promise<Response>>> = {
      'invalid-request': () => ask('GET', '/thumbnail'),
      'signature-required': () => ask('DELETE', `/thumbnail?url=${SOURCE}`),
      'signature-invalid': () => ask('GET', `${signed('GET', { url: SOURCE, size: '64' })}x`),
      'source-forbidden': () => ask('GET', thumbnail(), { headers: { Via: '1.1 thumbnailer' } }),
      'not-found': async () => {
        const answer = await fetch(`${app.url}/nothing`);
        return answer;
      },
      'method-not-allowed': async () => {
        const answer = await fetch(`${app.url}/thumbnail`, { method: 'PUT' });
        expectAnswer(document, document.components.responses['NoSuchMethod']!, answer);
        return answer;
      },
      'source-not-found': () => failing(new SourceNotFoundError(410)),
      'request-timeout': async () => {
        await using slow = await startApp(fakes, { uploads: { maxBytes: 1000, timeoutMs: 10 } });
        const { answer } = beginPost(`${slow.url}/thumbnail?size=64`, { 'Content-Type': 'image/png' });
        return expectDescribed(document, 'POST', '/thumbnail', await answer);
      },
      'precondition-failed': () => ask('GET', thumbnail(), { headers: { 'If-Match': '"another"' } }),
      'request-too-large': () =>
        ask('POST', '/', { body: new URLSearchParams({ image_url: 'x'.repeat(33_000) }) }),
      'unsupported-media-type': () => ask('POST', '/', { body: '{}' }),
      'origin-not-allowed': () =>
        ask('POST', '/thumbnail?size=64', { headers: { Origin: 'https://other.example' } }),
      'host-not-allowed': async () => {
        const asked = async (path: string) =>
          expectDescribed(document, 'GET', path, await requestTo(app.url, path, { Host: 'evil.example' }));
        for (const path of ['/', '/docs', '/openapi.json', `/info?url=${SOURCE}`]) await asked(path);
        return asked(thumbnail());
      },
      'source-too-large': () => failing(new SourceTooLargeError(1024)),
      'unsupported-image': () => failing(new UnsupportedImageError(['jpeg'])),
      'corrupt-image': () => failing(new CorruptImageError()),
      'image-too-large': () => failing(new ImageTooLargeError('Too many pixels.')),
      'image-too-expensive': () => failing(new ImageTooExpensiveError()),
      internal: () => failing(new TypeError('a defect')),
      'source-unreachable': () => failing(new SourceUnreachableError('No such host.')),
      'source-refused': () => failing(new SourceRefusedError('Status 500.', 500)),
      overloaded: () => failing(new OverloadedError(3)),
      'source-timeout': () => failing(new SourceTimeoutError(1000)),
    };

    /** The same fault for a program, and for a person on the form. */
    const failing = async (fault: Error) => {
      fakes.fetcher.answer = () => Promise.reject(fault);
      await ask('POST', '/', { body: new URLSearchParams({ image_url: SOURCE, thumbnail_size: '64' }) });
      fakes.cache.forgetKept();
      return ask('GET', thumbnail());
    };

    for (const code of Object.keys(PROVOKED) as ErrorCode[]) {
      it(code, async () => {
        const answer = await PROVOKED[code]();
        expect(answer.status).to.equal(ERROR_RESPONSES[code].status);
        const text = await answer.text();
        if (answer.headers.get('content-type')!.startsWith('text/html')) return;
        const problem = JSON.parse(text) as Record<string, unknown>;
        expect(problem['code']).to.equal(code);
        expect(Object.keys(problem)).to.have.members(document.components.schemas['Problem']!.required);
      });
    }
  });
});

interface Schema {
  readonly enum?: readonly unknown[];
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Schema>>;
}

interface Answer {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, object>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly $ref: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Answer>>;
  };
}

function operationsOf(document: Document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
}

function parametersOf(document: Document, method: string, path: string, place: string): Parameter[] {
  const references = document.paths[path]?.[method]?.parameters ?? [];
  return references
    .map(({ $ref }) => document.components.parameters[$ref.split('/').at(-1)!]!)
    .filter((parameter) => parameter.in === place);
}

/** What the router of the real application knows. */
function routesOf({ service }: Harness): { method: string; path: string }[] {
  const { middleware } = createApp({
    service,
    logger: pino({ level: 'silent' }),
    site: WHOLE_SITE,
    allowedHosts: [],
    allowedOrigins: [],
    hsts: false,
    lifetimes: { defaultMs: 0, minMs: 0, maxMs: 0, faultsMs: 0, staleIfErrorMs: 0 },
    limits: { ...DEFAULT_LIMITS, openSizes: [64] },
    uploads: { maxBytes: 1, timeoutMs: 1 },
    serverName: 'test-server',
    isReady: () => true,
    shutdownDeadline: new AbortController().signal,
    inFlight: new InFlightResponses(),
  });
  const routers = middleware.flatMap((layer) => ('router' in layer ? [layer.router as Router] : []));
  expect(routers).to.have.length(1);
  return routers[0]!.stack.flatMap(({ path, methods }) =>
    methods.map((method) => ({ method: method.toLowerCase(), path })),
  );
}

interface Router {
  readonly stack: readonly { readonly path: string; readonly methods: readonly string[] }[];
}

/** Looks up what the document says of such an answer, and returns the answer. */
function expectDescribed(document: Document, method: string, path: string, answer: Response): Response {
  const operation = document.paths[path.split('?')[0]!]?.[method.toLowerCase()];
  const described = operation?.responses[answer.status];
  expect(described, `${method} ${path} ${answer.status}`).to.not.equal(undefined);
  if (method === 'HEAD') expect(described).to.not.have.property('content');
  else expectContent(described!, answer);
  expectHeaders(document, described!, answer);
  return answer;
}

function expectAnswer(document: Document, described: Answer, answer: Response): void {
  expectContent(described, answer);
  expectHeaders(document, described, answer);
}

function expectContent({ content }: Answer, answer: Response): void {
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (type === undefined) expect(content).to.equal(undefined);
  else expect(Object.keys(content ?? {})).to.include(type);
}

/** Some answers have them. */
const NOT_ALWAYS = ['vary', 'x-thumbnail-fault'];

/** Whatever is sent is described, and what is described of an answer that succeeds is sent, but for what not all have. */
function expectHeaders(document: Document, { headers }: Answer, answer: Response): void {
  const described = Object.keys(headers).map((name) => name.toLowerCase());
  const forBrowsers = Object.keys({ ...BROWSER_HEADERS, ...SCRIPT_HEADERS });
  const always = forBrowsers.map((name) => name.toLowerCase());
  for (const name of forBrowsers) expect(document.info.description).to.include(`\`${name}\``);
  const sent = [...answer.headers.keys()].filter((name) => !OF_THE_TRANSPORT.includes(name));
  expect([...described, ...always]).to.include.members(sent);
  if (answer.ok) expect([...sent, ...NOT_ALWAYS]).to.include.members(described);
}
