import { expect } from 'chai';
import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { readDocument } from '../../../src/http/docs/api-document.ts';
import { ERROR_RESPONSES } from '../../../src/http/error-responses.ts';
import { type Site, WHOLE_SITE } from '../../../src/http/site.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { elements } from '../../support/html.ts';
import { harness } from '../../support/service.ts';

const SOURCE = 'http://images.example/a.png';

describe('GET /docs', () => {
  let app: TestApp;

  before(async () => {
    app = await startApp(harness());
  });
  after(() => app[Symbol.asyncDispose]());

  const docs = async (query: Record<string, string> = {}) =>
    (await fetch(`${app.url}/docs?${new URLSearchParams(query).toString()}`)).text();

  it('describes every operation, parameter, header and code, once', async () => {
    const { paths, components } = readDocument(DEFAULT_LIMITS, WHOLE_SITE);
    const html = await docs();
    const ids = elements(html).flatMap(({ attributes }) => attributes.get('id') ?? []);
    const expected = [
      ...Object.values(paths).flatMap(({ get, post, delete: purge }) =>
        [get, post, purge].flatMap((operation) =>
          operation === undefined || operation.tags.includes('Pages') ? [] : operation.operationId,
        ),
      ),
      ...Object.values(components.parameters).map(
        ({ name, in: place }) => `${place === 'query' ? 'parameter' : 'request-header'}-${name}`,
      ),
      ...Object.keys(components.headers).map((name) => `header-${name}`),
      ...Object.keys(ERROR_RESPONSES).map((code) => `code-${code}`),
    ];
    expect(ids).to.include.members(expected);
    const described = ids.filter((id) => /^(parameter|request-header|header)-/.test(id));
    expect(html.match(/Example: <code>[^<]+<\/code>/g)).to.have.length(described.length);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('points only at what it has', async () => {
    const all = elements(await docs());
    const ids = all.flatMap(({ attributes }) => attributes.get('id') ?? []);
    const targets = all.flatMap(({ attributes }) => /^#(.+)/.exec(attributes.get('href') ?? '')?.[1] ?? []);
    expect(targets).to.have.length.above(50);
    expect(ids).to.include.members(targets);
  });

  it('has command lines that do what they say, at the address of the service', async () => {
    const commands = curlCommands(await docs());
    expect(commands.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'GET /thumbnail',
      'POST /thumbnail',
      'DELETE /thumbnail',
      'GET /info',
      'POST /info',
      'GET /openapi.json',
      'GET /healthz',
      'GET /readyz',
    ]);
    for (const { method, address } of commands) {
      expect(address.startsWith(`${app.url}/`), address).to.equal(true);
      const body = method === 'POST' ? { body: '<svg>image', headers: { 'Content-Type': 'image/jpeg' } } : {};
      const { status } = await fetch(fakeable(address), { method, ...body });
      // Nobody has that signature.
      expect(status, address).to.equal(method === 'DELETE' ? 403 : 200);
    }
  });

  it('offers in its forms what anyone may ask for, and nothing else', async () => {
    const html = await docs();
    for (const [id, path, complete] of [
      ['getThumbnail', '/thumbnail', { url: SOURCE, size: '64' }],
      ['getInfo', '/info', { url: SOURCE }],
    ] as const) {
      const fields = fieldsOf(html, id);
      expect(fields.map(({ name }) => name))
        .to.include('url')
        .and.not.include('signature');
      for (const { name, choices, placeholder } of fields) {
        if (name === 'url') continue;
        for (const value of choices.length > 0 ? choices : [placeholder]) {
          // GIF goes with animations, which only signed requests may have.
          if (value === 'gif') continue;
          const box = ['width', 'height'].includes(name) ? { url: SOURCE } : complete;
          const query = new URLSearchParams({ ...box, [name]: value });
          const { status } = await fetch(fakeable(`${app.url}${path}?${query.toString()}`));
          expect(status, `${name}=${value}`).to.equal(200);
        }
      }
    }
    const names = fieldsOf(html, 'getThumbnail').map(({ name }) => name);
    expect(names).to.include.members(['size', 'width', 'height', 'dpr', 'format', 'fit', 'position']);
    for (const signed of ['crop', 'background', 'quality', 'animated', 'preset'])
      expect(names).to.not.include(signed);
  });

  it('shows the request of a form that was filled in, without the fields that were left empty', async () => {
    const html = await docs({ try: 'getThumbnail', url: ` ${SOURCE} `, size: '64', width: '', fit: 'cover' });
    const address = `/thumbnail?${new URLSearchParams({ url: SOURCE, size: '64', fit: 'cover' }).toString()}`;
    const shown = elements(html).flatMap(({ name, attributes }) =>
      ['img', 'a'].includes(name) ? (attributes.get('src') ?? attributes.get('href') ?? []) : [],
    );
    expect(shown.filter((href) => href === address)).to.have.length(2);
    expect(curlCommands(html).map((command) => command.address)).to.include(app.url + address);
    expect((await fetch(app.url + address)).status).to.equal(200);
    // Without a format, or with another one, it is no WebP.
    expect(html).to.include('curl --fail --remote-name --remote-header-name');
    const info = await docs({ try: 'getInfo', url: SOURCE, fields: 'width' });
    expect(info).to.not.include('<img');
    expect(info).to.include('fields=width">Open the answer');
  });

  it('shows what was entered as text, and ignores what it does not know', async () => {
    const html = await docs({ try: 'getThumbnail', url: '"><script>alert(1)</script>', other: 'x' });
    expect(html).to.not.include('<script>alert');
    expect(html).to.include('&lt;script&gt;alert');
    expect(elements(html).filter(({ name }) => name === 'script')).to.have.length(1);
    for (const none of ['purgeSource', 'toString', 'submitForm'])
      expect(await docs({ try: none, url: SOURCE })).to.not.include('Open the answer');
  });

  it('is a page that is not stored, and answers HEAD', async () => {
    const answer = await fetch(`${app.url}/docs`, { method: 'HEAD' });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(answer.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy')?.split('; ');
    expect(policy).to.include.members(["default-src 'none'", "connect-src 'self'"]);
  });
});

describe('GET /docs of a service', () => {
  const docsOf = async (site: Partial<Site>) => {
    await using app = await startApp(harness(), { site });
    return await (await fetch(`${app.url}${site.basePath ?? ''}/docs?try=getThumbnail&url=x`)).text();
  };

  it('that wants signatures says so, signs its examples and offers no form', async () => {
    const html = await docsOf({ signatures: 'required' });
    expect(html).to.not.match(/<form|Open the answer/);
    expect(html).to.include('This service answers signed requests only.');
    for (const { path, address } of curlCommands(html)) {
      const isForImages = ['/thumbnail', '/info'].includes(path);
      expect(new URL(address).searchParams.has('signature'), address).to.equal(isForImages);
    }
  });

  it('without forms says so', async () => {
    const html = await docsOf({ form: 'off' });
    expect(html).to.not.include('<form');
    expect(html).to.include('has switched off its forms');
  });

  it('without uploads describes none', async () => {
    const html = await docsOf({ uploads: false });
    expect(html).to.not.match(/POST \/(thumbnail|info)<|type="file"/);
    expect(html).to.include('id="try-getThumbnail-url"');
  });

  it('below a path has that path in every address', async () => {
    const html = await docsOf({ basePath: '/img' });
    for (const { address } of curlCommands(html)) expect(new URL(address).pathname).to.match(/^\/img\//);
    for (const { attributes } of elements(html)) {
      for (const name of ['href', 'src', 'action', 'formaction'])
        expect(attributes.get(name) ?? '/img/').to.match(/^(\/img\/|#)/);
    }
  });
});

/** Without what takes a real picture. */
function fakeable(address: string): string {
  return address.replace('%2Ccolor', '');
}

/** The curl commands of the page. */
function curlCommands(html: string): { method: string; path: string; address: string }[] {
  const texts = elements(html).flatMap(({ name, text }) =>
    name === 'code' && text.startsWith('curl ') ? [text] : [],
  );
  return texts.map((text) => {
    const address = /'(http[^']*)'$/.exec(text)?.[1] ?? '';
    const sends = text.includes('--data-binary') ? 'POST' : 'GET';
    const path = new URL(address).pathname;
    return { method: /--request (\w+)/.exec(text)?.[1] ?? sends, path, address };
  });
}

interface Field {
  readonly name: string;
  readonly choices: readonly string[];
  readonly placeholder: string;
}

/** The fields of the form that tries an operation. */
function fieldsOf(html: string, operationId: string): Field[] {
  const fields: { name: string; choices: string[]; placeholder: string }[] = [];
  let isInForm = false;
  for (const { name, attributes, text } of elements(html)) {
    if (name === 'form') isInForm = (attributes.get('action') ?? '').endsWith(`#${operationId}`);
    if (!isInForm) continue;
    if (name === 'option' && attributes.get('value') !== '') fields.at(-1)!.choices.push(text);
    if (!(attributes.get('id') ?? '').startsWith(`try-${operationId}-`)) continue;
    const [field = '', placeholder = ''] = [attributes.get('name'), attributes.get('placeholder')];
    fields.push({ name: field, choices: [], placeholder });
  }
  return fields;
}
