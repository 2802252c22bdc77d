import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { FrontProxy, isProxyInstalled } from '../../scripts/kit/front-proxies.ts';
import { describeUnless } from '../support/describe-with.ts';
import { signedParameters } from '../support/signing.ts';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const FIREFOX = 'image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5';
const ONLY_WEBP = 'image/webp,image/*,*/*;q=0.8';
const PROGRAM = '*/*';
const KEY = Buffer.alloc(32, 'key').toString('base64url');

/** In docs/recipes/cdn.md. */
async function snippetIn(language: string): Promise<string> {
  const document = await readFile(new URL('../../docs/recipes/cdn.md', import.meta.url), 'utf8');
  const [, snippet = ''] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(document) ?? [];
  return snippet;
}

for (const { command, basePath, start } of [
  {
    command: 'nginx',
    basePath: '/img',
    start: async (port: string) => FrontProxy.nginx(await snippetIn('nginx'), port),
  },
  {
    command: 'varnishd',
    basePath: '',
    start: async (port: string) => FrontProxy.varnish(await snippetIn('vcl'), port),
  },
] as const) {
  const whyNot = isProxyInstalled(command) ? undefined : 'not installed';
  describeUnless(whyNot, `docs/recipes/cdn.md, with the real ${command}`, () => {
    let origin: Origin;
    let service: RunningService;
    let proxy: FrontProxy;

    before(async () => {
      origin = await startOrigin();
      const body = await photograph({ width: 600, height: 400 }).jpeg().toBuffer();
      origin
        .serve('/a.jpg', { body })
        .serve('/stale.jpg', { body, headers: { 'cache-control': 'max-age=2' } });
      service = await RunningService.start({
        CACHE_TTL_MIN: '2s',
        SIGNING_KEYS: `k:${KEY}`,
        ...(basePath !== '' && { BASE_PATH: basePath }),
      });
      proxy = await start(new URL(service.url).port);
    });
    after(async () => {
      await proxy[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    });

    const ask = async (accept: string, path: string, parameters = '') => {
      const source = encodeURIComponent(origin.url(path));
      const url = `${proxy.url}${basePath}/thumbnail?url=${source}&size=256${parameters}`;
      const answer = await fetch(url, { headers: { accept } });
      const bytes = await answer.arrayBuffer();
      return { status: answer.status, type: answer.headers.get('content-type'), bytes: bytes.byteLength };
    };
    const requests = async () =>
      (await service.logUntilNow()).filter(({ msg, route }) => msg === 'request' && route === '/thumbnail')
        .length;

    it('keeps one copy for all browsers that are sent the same, and one for each other format', async () => {
      const before = await requests();
      for (const accept of [CHROME, CHROME, FIREFOX])
        expect(await ask(accept, '/a.jpg')).to.include({ status: 200, type: 'image/avif' });
      expect((await requests()) - before).to.equal(1);
      for (let time = 0; time < 2; time += 1) {
        expect(await ask(ONLY_WEBP, '/a.jpg')).to.include({ status: 200, type: 'image/webp' });
        expect(await ask(PROGRAM, '/a.jpg')).to.include({ status: 200, type: 'image/jpeg' });
        expect(await ask(PROGRAM, '/a.jpg', '&format=png')).to.include({ status: 200, type: 'image/png' });
      }
      expect((await requests()) - before).to.equal(4);
    });

    it('keeps no error but that of an image that is not there, for a minute', async () => {
      const before = await requests();
      for (let time = 0; time < 2; time += 1)
        expect(await ask(PROGRAM, '/a.jpg', '&size=7')).to.include({ status: 400 });
      expect((await requests()) - before).to.equal(2);
    });

    it('lets an image through that is sent along, as large as the service takes', async () => {
      const image = await photograph({ width: 60, height: 40 }).jpeg().toBuffer();
      const body = new Blob([image, new Uint8Array(20 * 1024 ** 2 - image.length)], { type: 'image/jpeg' });
      const answer = await fetch(`${proxy.url}${basePath}/thumbnail?size=64`, { method: 'POST', body });
      expect(answer.status, await answer.text()).to.equal(200);
    });

    it('answers a signed URL no longer than its signature holds', async () => {
      const expires = Math.floor(Date.now() / 1000) + 3;
      const parameters = { url: origin.url('/a.jpg'), size: '300', format: 'webp' };
      const query = new URLSearchParams(signedParameters(parameters, { id: 'k', key: KEY, expires }));
      const statusNow = async () => {
        const answer = await fetch(`${proxy.url}${basePath}/thumbnail?${query.toString()}`);
        await answer.arrayBuffer();
        return answer.status;
      };
      expect(await statusNow()).to.equal(200);
      await sleep(expires * 1000 + 100 - Date.now());
      for (let time = 0; time < 3; time += 1) {
        expect(await statusNow()).to.equal(403);
        await sleep(100);
      }
    });

    it('shows what is stale while it asks for a new one, and while there is no service', async () => {
      expect(await ask(CHROME, '/stale.jpg')).to.include({ status: 200 });
      await sleep(3100);
      const before = await requests();
      expect(await ask(CHROME, '/stale.jpg')).to.include({ status: 200, type: 'image/avif' });
      while ((await requests()) === before) await sleep(20);
      await service.stop('SIGKILL');
      await sleep(3100);
      for (let time = 0; time < 3; time += 1) {
        expect(await ask(CHROME, '/stale.jpg')).to.include({ status: 200, type: 'image/avif' });
        await sleep(100);
      }
    });

    it('shows what is stale while the service is at capacity', async () => {
      await using busy = await startOrigin();
      const path = `${basePath}/thumbnail`;
      busy.serve(path, {
        body: 'a thumbnail',
        headers: { 'cache-control': 'public, max-age=1, stale-while-revalidate=3600, stale-if-error=3600' },
      });
      await using front = await start(String(busy.port));
      const statusNow = async () => {
        const answer = await fetch(`${front.url}${path}`);
        await answer.arrayBuffer();
        return answer.status;
      };
      expect(await statusNow()).to.equal(200);
      busy.serve(path, { status: 503, headers: { 'cache-control': 'no-store', 'retry-after': '1' } });
      await sleep(2100);
      const asked = busy.hits(path);
      while (busy.hits(path) < asked + 3) {
        expect(await statusNow()).to.equal(200);
        await sleep(100);
      }
    });
  });
}
