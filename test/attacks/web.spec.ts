import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import {
  ONE_PUBLIC_ADDRESS,
  PUBLIC,
  answerOf,
  ask,
  expectNothingInternal,
  expectRefusal,
  expectUnharmed,
  sendRaw,
} from '../support/attack.ts';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { signedParameters } from '../support/signing.ts';

const NEW_KEY = Buffer.alloc(32, 'new').toString('base64url');
const OLD_KEY = Buffer.alloc(32, 'old').toString('base64url');
const GONE_KEY = Buffer.alloc(32, 'gone').toString('base64url');

/** What is entered as an address by people who have none in mind. */
const HOSTILE_TEXTS = [
  '"><script>alert(1)</script>',
  '\'"--></title></style></textarea><img src=x onerror=alert(1)>',
  'javascript:alert(document.domain)',
  'data:text/html,<script>alert(1)</script>',
  '{{7*7}}{% raw %}{{ constructor.constructor("return process")() }}',
  '${7*7}#{7*7}<%= 7*7 %>',
  'http://images.example/\r\nSet-Cookie: a=b\r\n\r\n<script>',
  'http://images.example%0d%0aSet-Cookie:%20a=b/',
  '\r\n{"level":60,"msg":"forged"}',
  '\u202e\u0000\u0007\ud800',
];

/** How each script element of a page begins. */
const scriptsIn = (html: string) => html.match(/<script[^?>]*/gi);

describe('attacks on the web application', () => {
  let temporary: string;
  let dns: DnsServer;
  let service: RunningService;
  let origin: Origin;

  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'attacks-'));
    const a = ['127.0.0.2'];
    dns = await startDnsServer({ 'public.test': { a }, 'publia.test': { a } });
    service = await RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      TMPDIR: temporary,
      // A source that is kept serves other sizes unasked, and these tests count how often it was asked.
      KEPT_SOURCES_SIZE: '0B',
      SIGNING_KEYS: `new:${NEW_KEY},old:${OLD_KEY}`,
      DNS_SERVERS: dns.address,
    });
    origin = await startOrigin(PUBLIC);
    origin.serve('/a.png', { body: await plain(300, 200, [9, 90, 200]).png().toBuffer() });
  });
  afterEach(async () => {
    await expectUnharmed(service);
    expect(await readdir(temporary), 'temporary files').to.deep.equal([]);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
    await rm(temporary, { recursive: true });
  });

  async function post(body: URLSearchParams | FormData | string, headers: Record<string, string> = {}) {
    return answerOf(await fetch(service.url, { method: 'POST', body, headers }));
  }

  it('34: hostile text as an address is inert on the page, in headers and in the log', async () => {
    const lines = service.log.length;
    for (const text of HOSTILE_TEXTS) {
      const page = await post(new URLSearchParams({ image_url: text, thumbnail_size: '64' }));
      const html = page.body.toString();
      expect(page.status, text).to.be.oneOf([400, 502]);
      expect(html, text).to.not.match(/<img[^>]*onerror|href="(javascript|data):/i);
      expect(scriptsIn(html), text).to.deep.equal(['<script src="/app.js']);
      expect(html, text).to.not.match(/(?<!\d)49(?!\d)/);
      expect(page.headers.get('content-security-policy'), text).to.include("default-src 'none'");
      expect(page.headers.get('set-cookie'), text).to.equal(null);
      const problem = await ask(service, text);
      expect(problem.status, text).to.be.oneOf([400, 502]);
      expect(problem.headers.get('set-cookie'), text).to.equal(null);
      expect(problem.body.toString(), text).to.not.match(/<script|forged/);
    }
    while (service.log.length < lines + 2 * HOSTILE_TEXTS.length) await sleep(10);
    const logged = service.log.slice(lines);
    expect(logged.map(({ msg }) => msg)).to.deep.equal(Array(2 * HOSTILE_TEXTS.length).fill('request'));
    expect(JSON.stringify(logged)).to.not.match(/forged|script|Set-Cookie|constructor/);
  });

  it('34: an address that an image is made of is shown as text and as a link to itself', async () => {
    const url = `${origin.url('/a.png')}?"><script>alert('1')</script>&{{7*7}}`;
    const { status, body } = await post(new URLSearchParams({ image_url: url, thumbnail_size: '64' }));
    expect(status).to.equal(200);
    const html = body.toString();
    expect(scriptsIn(html)).to.deep.equal(['<script src="/app.js']);
    expect(html).to.match(/href="http:\/\/127\.0\.0\.2:\d+\/a\.png\?%22%3E%3Cscript%3E/);
    const logged = JSON.stringify(await service.logUntilNow());
    expect(logged).to.not.include('a.png').and.not.include('alert');
  });

  it('35: long, repeated, nested and unknown fields, and other types of body', async () => {
    const longest = `${origin.url('/a.png?')}${'a'.repeat(8192 - origin.url('/a.png?').length)}`;
    expect((await ask(service, longest)).status).to.equal(200);
    expectRefusal(await ask(service, `${longest}a`), 400, 'invalid-request');
    const url = encodeURIComponent(origin.url('/a.png'));
    for (const query of [
      `url=${url}&url=${url}&size=64`,
      `url[]=${url}&size=64`,
      `url[x]=${url}&size=64`,
      `url=${url}&size=64&__proto__=1`,
      `url=${url}&size=64&__proto__[x]=1`,
      `url=${url}&size=64&constructor=1`,
      `url=${url}&size=6e1`,
      `url=${url}&size=64.0`,
      `url=${url}&size=-64`,
      `url=${url}&size=00064`,
      `size=64`,
      'a&'.repeat(4000),
    ]) {
      const answer = await answerOf(await fetch(`${service.url}/thumbnail?${query}`));
      expectRefusal(answer, 400, 'invalid-request', query.slice(0, 80));
      expect((await post(query.replaceAll('url', 'image_url'), FORM)).status, query).to.equal(400);
    }
    const multipart = new FormData();
    multipart.set('image_url', new Blob(['x'.repeat(5000)]), 'image.png');
    expect((await post(multipart)).status).to.equal(400);
    expect(
      (
        await post(JSON.stringify({ image_url: origin.url('/a.png') }), {
          'content-type': 'application/json',
        })
      ).status,
    ).to.equal(415);
    expect((await post('<a/>', { 'content-type': 'text/xml' })).status).to.equal(415);
    expect((await post(`image_url=${'a'.repeat(33_000)}`, FORM)).status).to.equal(413);
  });

  it('36: names that the service does not go by', async () => {
    const hosts = [
      'evil.example',
      'evil:x@localhost',
      'localhost@evil',
      'localhost evil',
      'localhost.evil.example',
    ];
    for (const host of [...hosts, '127.0.0.1:80:80', '127.0.0.2', '[::2]', '', '127.0.0.1/', 'localhost:x']) {
      const answer = await sendRaw(
        service,
        `GET /thumbnail HTTP/1.1\r\nConnection: close\r\nHost: ${host}\r\n\r\n`,
      );
      expect(statusOf(answer), host).to.equal(421);
      if (host !== '') expect(answer, host).to.not.include(host);
    }
    const { port } = new URL(service.url);
    const health = await sendRaw(
      service,
      'GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: 10.20.30.40:8000\r\n\r\n',
    );
    expect(statusOf(health)).to.equal(200);
    for (const header of ['X-Forwarded-Host', 'Forwarded', 'X-Host', 'X-Original-Host']) {
      const value = header === 'Forwarded' ? 'host=evil.example' : 'evil.example';
      const answer = await sendRaw(
        service,
        `GET / HTTP/1.1\r\nConnection: close\r\nHost: localhost:${port}\r\n${header}: ${value}\r\n\r\n`,
      );
      expect(statusOf(answer), header).to.equal(200);
      expect(answer, header).to.not.include('evil.example');
    }
    for (const target of ['http://evil.example/', 'https://user@localhost/', 'http:///']) {
      const answer = await sendRaw(
        service,
        `GET ${target} HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n`,
      );
      expect(statusOf(answer), target).to.equal(421);
    }
    const own = await sendRaw(
      service,
      'GET http://localhost/ HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n',
    );
    expect(statusOf(own)).to.equal(200);
  });

  it('39: signatures that do not fit, and those that do', async () => {
    const url = origin.url('/a.png');
    const wish = { url, size: '100', format: 'png' };
    const good = signedParameters(wish, { id: 'new', key: NEW_KEY });
    const refused: Readonly<Record<string, Record<string, string>>> = {
      'another size': { ...good, size: '101' },
      'another address': { ...good, url: `${url}?` },
      'another field': { ...good, fit: 'cover' },
      'another time': { ...good, expires: String(Number(good['expires']) + 1) },
      'another key of ours': { ...good, key: 'old' },
      'an unknown key': { ...good, key: 'gone' },
      'a key that was taken out': signedParameters(wish, { id: 'gone', key: GONE_KEY }),
      'a name of every object': { ...good, key: '__proto__' },
      'a signature that is over': signedParameters(wish, { id: 'new', key: NEW_KEY, expires: 1_600_000_000 }),
      'a signature cut short': { ...good, signature: good['signature']!.slice(0, -1) },
      'a longer signature': { ...good, signature: `${good['signature']!}A` },
      'an empty signature': { ...good, signature: '' },
      'no base64': { ...good, signature: '\u0000'.repeat(43) },
    };
    for (const [what, parameters] of Object.entries(refused)) {
      const answer = await ask(service, url, parameters);
      // The text to sign repeats what was sent: here an address of this machine.
      const body = Buffer.from(answer.body.toString().replace(/text to sign: [^"]*/, ''));
      expectRefusal({ ...answer, body }, 403, 'signature-invalid', what);
    }
    for (const [what, without] of Object.entries({
      'no key': 'key',
      'no time': 'expires',
      'no signature': 'signature',
    })) {
      const part = Object.fromEntries(Object.entries(good).filter(([name]) => name !== without));
      expectRefusal(await ask(service, url, { ...part, size: '100' }), 400, 'invalid-request', what);
    }
    expect(origin.requests.filter(({ path }) => path === '/a.png?')).to.be.empty;

    const reordered = Object.fromEntries(Object.entries(good).reverse());
    const query = new URLSearchParams(reordered).toString();
    expect((await fetch(`${service.url}/thumbnail?${query}`)).status).to.equal(200);
    expect((await ask(service, url, signedParameters(wish, { id: 'old', key: OLD_KEY }))).status).to.equal(
      200,
    );
  });

  it('40: addresses that are the same share a thumbnail, and those that differ do not', async () => {
    const body = await plain(80, 60, [1, 2, 3]).png().toBuffer();
    for (const path of ['/x%2fy', '/x%2Fy', '/x/y', '/a|b,c', '/a,b|c', '/a']) origin.serve(path, { body });
    const base = `http://public.test:${origin.port}`;
    const isSame = async (one: readonly [string, object?], other: readonly [string, object?]) => {
      const hits = () => origin.requests.length;
      serial += 1;
      for (const [url, parameters] of [one, other]) {
        const [path, fragment = ''] = url.split('#');
        const marked = `${path!}${path!.includes('?') ? '&' : '?'}${serial}${fragment && `#${fragment}`}`;
        const before = hits();
        const { status } = await ask(service, marked, { format: 'png', ...parameters });
        expect(status, marked).to.equal(200);
        if (url === other[0] && parameters === other[1] && hits() === before) return true;
      }
      return false;
    };
    let serial = 0;
    expect(await isSame([`${base}/a`], [`http://PUBLIC.test:${origin.port}/a#part`]), 'host case').to.equal(
      true,
    );
    expect(await isSame([`${base}/x%2fy`], [`${base}/x%2Fy`]), 'percent case').to.equal(true);
    expect(await isSame([`${base}/x/y`], [`${base}/z/../x/./y`]), 'dots').to.equal(true);
    expect(await isSame([`${base}/x/y`], [`${base}/x%2Fy`]), 'an escaped slash').to.equal(false);
    expect(await isSame([`${base}/a|b,c`], [`${base}/a,b|c`]), 'separators').to.equal(false);
    expect(await isSame([`${base}/a`], [`http://publia.test:${origin.port}/a`]), 'host').to.equal(false);
    expect(await isSame([`${base}/a?x`], [`${base}/a?X`]), 'query case').to.equal(false);
    expect(await isSame([`${base}/a`, { size: '64' }], [`${base}/a`, { size: '128' }]), 'size').to.equal(
      false,
    );
    expect(await isSame([`${base}/a`, { fit: 'inside' }], [`${base}/a`, { fit: 'cover' }]), 'fit').to.equal(
      false,
    );
    expect(
      await isSame([`${base}/a`, { format: 'png' }], [`${base}/a`, { format: 'jpeg' }]),
      'format',
    ).to.equal(false);
    expectRefusal(await ask(service, `${base}/a`, { size: '65' }), 400, 'invalid-request', 'no such size');
  });

  it('40: a thumbnail tells nothing but its pixels, and can do nothing', async () => {
    const body = await photograph({ width: 300, height: 200 })
      .jpeg()
      .withExif({
        IFD0: { Copyright: 'somebody' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>')
      .toBuffer();
    const headers = { 'set-cookie': 'a=b', 'x-powered-by': 'origin', 'content-security-policy': 'none' };
    origin.serve('/private.jpg', { body, type: 'text/html', headers });
    for (const format of ['jpeg', 'png', 'webp', 'avif']) {
      const answer = await ask(service, origin.url('/private.jpg'), { format });
      expect(answer.status).to.equal(200);
      const { exif, xmp, iptc } = await sharp(answer.body).metadata();
      expect({ exif, xmp, iptc }, format).to.deep.equal({ exif: undefined, xmp: undefined, iptc: undefined });
      expect(answer.headers.get('content-type')).to.equal(`image/${format}`);
      expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
      expect(answer.headers.get('content-security-policy')).to.match(/default-src 'none'; sandbox/);
      expect(answer.headers.get('content-disposition')).to.equal(`inline; filename="private.${format}"`);
      for (const name of ['set-cookie', 'x-powered-by', 'server'])
        expect(answer.headers.get(name)).to.equal(null);
    }
  });

  it('an answer of any code tells nothing of what is inside', async () => {
    for (const path of [
      '/nothing',
      '/%ff',
      '/thumbnail',
      '/../../etc/passwd',
      '/thumbnail?url=%00&size=64',
    ]) {
      for (const accept of ['text/html', '*/*']) {
        const answer = await answerOf(await fetch(service.url + path, { headers: { accept } }));
        expect(answer.status, path).to.be.oneOf([400, 404]);
        expectNothingInternal(answer.body.toString(), path);
      }
    }
  });
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
}
