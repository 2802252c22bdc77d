import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { photograph } from '../../scripts/kit/images.ts';
import { DIRECTORY_CACHE_MODULE } from '../support/directory-cache.ts';
import { PLAIN_FETCHER_MODULE, PLAIN_RESIZER_MODULE } from '../support/examples.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';
import { CACHE_KINDS } from '../../src/config/variables.ts';
import { signedParameters } from '../support/signing.ts';

const SIGNING_KEY = { id: 'a', key: Buffer.alloc(32, 7).toString('base64url') };

describe('the service with adapters that are not its own', () => {
  let origin: Origin;
  let directory: string;

  beforeEach(async () => {
    origin = await startOrigin();
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#4c0' } } as const;
    origin.serve('/a.png', { body: await sharp(picture).png().toBuffer(), type: 'image/png' });
    directory = await mkdtemp(join(tmpdir(), 'custom-adapters-'));
  });
  afterEach(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const ask = (service: RunningService, sign = (query: Record<string, string>) => query) => {
    const query = new URLSearchParams(sign({ url: origin.url('/a.png'), size: '64' }));
    return fetch(`${service.url}/thumbnail?${query.toString()}`);
  };
  const cacheStatusOf = async (service: RunningService) =>
    (await ask(service)).headers.get('cache-status')?.replace(/^.*?; (hit|fwd=[\w-]+).*$/, '$1');

  /** A module of this text, as its path. */
  async function moduleOf(text: string, name = 'adapter.mjs'): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  }

  describe('a cache in a directory', () => {
    const kept = () => join(directory, 'thumbnails');
    const start = (caches: string) =>
      RunningService.start({ THUMBNAIL_CACHE: caches, DIRECTORY_CACHE: kept(), METRICS_PORT: '0' });

    it('keeps thumbnails, over a restart too', async () => {
      {
        await using service = await start(DIRECTORY_CACHE_MODULE);
        expect(service.log.find(({ msg }) => msg === 'listening')).to.include({
          cache: `directory ${kept()}`,
        });
        expect(await cacheStatusOf(service)).to.equal('fwd=uri-miss');
        expect(await cacheStatusOf(service)).to.equal('hit');
        expect(await service.stop()).to.equal(0);
      }
      await using service = await start(DIRECTORY_CACHE_MODULE);
      expect(await cacheStatusOf(service)).to.equal('hit');
      expect(origin.hits('/a.png')).to.equal(1);
    });

    it('is a tier like any other, by a path from the working directory, known by that path', async () => {
      const path = `./${relative(process.cwd(), DIRECTORY_CACHE_MODULE)}`;
      {
        await using service = await start(`memory, ${path}`);
        expect(await cacheStatusOf(service)).to.equal('fwd=uri-miss');
      }
      expect(await readdir(kept())).to.not.be.empty;
      await using service = await start(`memory, ${path}`);
      expect([await cacheStatusOf(service), await cacheStatusOf(service)]).to.deep.equal(['hit', 'hit']);
      const metricsUrl = String(service.log.find(({ msg }) => msg === 'metrics')?.['url']);
      const metrics = await (await fetch(new URL('/metrics', metricsUrl))).text();
      expect(metrics).to.include(`thumbnailer_cache_up{tier="${path}"} 1`);
      const tiers = (await service.logUntilNow()).flatMap(({ tier }) => (tier === undefined ? [] : [tier]));
      expect(tiers).to.deep.equal([path, 'memory']);
    });

    it('costs no thumbnail when it fails', async () => {
      await using service = await start(DIRECTORY_CACHE_MODULE);
      await rm(kept(), { recursive: true });
      expect((await ask(service)).status).to.equal(200);
      while (!service.log.some(({ msg }) => msg?.startsWith('the cache does not answer'))) await sleep(5);
    });
  });

  describe('a fetcher', () => {
    it('fetches in place of the built-in one, behind the same rules', async () => {
      await using service = await RunningService.start({ IMAGE_FETCHER: PLAIN_FETCHER_MODULE });
      const answer = await ask(service);
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'image/png']);
      expect(origin.requests[0]?.headers.accept).to.equal('image/*');
      origin.serve('/moved', { redirect: 'http://10.0.0.1/' });
      const codeOf = async (path: string) => {
        const query = new URLSearchParams({ url: origin.url(path), size: '64' });
        const refused = await fetch(`${service.url}/thumbnail?${query.toString()}`);
        return ((await refused.json()) as { code: string }).code;
      };
      expect(await codeOf('/moved')).to.equal('source-forbidden');
      expect(await codeOf('/nowhere')).to.equal('source-not-found');
      expect(await service.stop()).to.equal(0);
    });

    it('is told what it may fetch from', async () => {
      const path = await moduleOf(`
        export default (context) => {
          throw new Error([typeof context.kit.redirectTarget, context.whyForbidden('10.0.0.1'),
            context.whyForbidden('10.1.0.1'), context.maxRedirects, context.policy.allowedHosts].join(', '));
        };`);
      const { stderr } = await failedStart({
        IMAGE_FETCHER: path,
        ALLOWED_PRIVATE_NETWORKS: '10.1.0.0/16',
        MAX_REDIRECTS: '4',
        ALLOWED_SOURCES: 'images.example',
      });
      expect(stderr).to.include(
        'failed to create its adapter: function, special purpose: private, , 4, images.example',
      );
    });
  });

  describe('a resizer', () => {
    /** Of a progressive JPEG, of which the built-in resizer takes a part. */
    const savedBytes = async (variables: Record<string, string>) => {
      const image = await photograph({ width: 2000, height: 1500 }).jpeg({ progressive: true }).toBuffer();
      origin.serve('/a.png', { body: image, type: 'image/jpeg' });
      await using service = await RunningService.start({ METRICS_PORT: '0', ...variables });
      expect((await ask(service)).status).to.equal(200);
      const metricsUrl = String(service.log.find(({ msg }) => msg === 'metrics')?.['url']);
      const metrics = await (await fetch(new URL('/metrics', metricsUrl))).text();
      return Number(/^thumbnailer_source_bytes_saved_total (\d+)/m.exec(metrics)?.[1]);
    };

    it('makes the thumbnails in place of the built-in one, of files that were read to their end', async () => {
      expect(await savedBytes({})).to.be.greaterThan(0);
      expect(await savedBytes({ IMAGE_RESIZER: PLAIN_RESIZER_MODULE })).to.equal(0);
    });

    it('is held to the memory that its decodes are estimated to need', async () => {
      const image = await photograph({ width: 1200, height: 900 }).png({ compressionLevel: 1 }).toBuffer();
      origin.serve('/a.png', { body: image, type: 'image/png' });
      await using service = await RunningService.start({
        IMAGE_RESIZER: PLAIN_RESIZER_MODULE,
        MEMORY_BUDGET: '8MiB',
      });
      const answer = await ask(service);
      expect(answer.status).to.equal(422);
      expect(await answer.json()).to.include({ code: 'image-too-large' });
    });

    it('is closed where it can be', async () => {
      const closed = join(directory, 'closed');
      const module = await moduleOf(`
        import { writeFile } from 'node:fs/promises';
        export default ({ kit }) => ({
          resize: () => Promise.reject(new kit.CorruptImageError()),
          close: () => writeFile(${JSON.stringify(closed)}, ''),
        });`);
      await using service = await RunningService.start({ IMAGE_RESIZER: module });
      expect((await ask(service)).status).to.equal(422);
      expect(await service.stop()).to.equal(0);
      expect(await readdir(directory)).to.include('closed');
    });
  });

  describe('a source of secrets', () => {
    const withSecrets = (secrets: object) => `
      export default async ({ kit }) => ({
        description: 'a vault of ' + typeof kit.SecretSourceError,
        read: async () => (${JSON.stringify(secrets)}),
        close: async () => undefined,
      });`;

    it('gives the keys of signed requests', async () => {
      const { id, key } = SIGNING_KEY;
      await using service = await RunningService.start({
        SECRET_SOURCE: await moduleOf(withSecrets({ 'signing-keys': `${id}:${key}` })),
        SIGNATURES: 'required',
      });
      expect(service.log[0]).to.include({ secrets: 'a vault of function' });
      expect((await ask(service)).status).to.equal(403);
      expect((await ask(service, (query) => signedParameters(query, SIGNING_KEY))).status).to.equal(200);
    });

    it('does not hold up the end where it never closes', async () => {
      const text = `
        export default () => ({
          description: 'a vault that is stuck',
          read: async () => ({}),
          close: () => new Promise(() => setInterval(() => undefined, 1000)),
        });`;
      const settings = { SECRET_SOURCE: await moduleOf(text), SHUTDOWN_TIMEOUT: '2s', DRAIN_DELAY: '0s' };
      const service = await RunningService.start(settings);
      expect(await service.stop()).to.equal(0);
    });

    it('is handed to a cache', async () => {
      const path = await moduleOf(`
        export default async (context) => {
          throw new Error(context.secrets.description + ', ' + Object.keys(await context.secrets.read()));
        };`);
      const { stderr } = await failedStart({ THUMBNAIL_CACHE: path, REDIS_URL: 'redis://redis.example' });
      expect(stderr).to.include('failed to create its adapter: environment variables, redis-url');
    });

    it('may be TypeScript, and says in its own sentence why it cannot be read', async () => {
      const text = `
        export default ({ kit }: { kit: { SecretSourceError: ErrorConstructor } }) => ({
          description: 'a vault',
          read: (): Promise<never> => Promise.reject(new kit.SecretSourceError('The vault is locked.')),
          close: async () => undefined,
        });`;
      const { href } = pathToFileURL(await moduleOf(text, 'adapter.mts'));
      const { code, stderr } = await failedStart({ SECRET_SOURCE: href });
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: 'The vault is locked.\n' });
    });
  });

  describe('a start that fails', () => {
    /** The sentence after the module's name. */
    async function faultOf(variable: string, module: string, more: Record<string, string> = {}) {
      const { code, stderr } = await failedStart({ [variable]: module, ...more });
      expect(code).to.equal(1);
      const [head, line, ...rest] = stderr.trimEnd().split('\n');
      expect(head).to.equal('These environment variables cannot be used:');
      expect(rest).to.deep.equal([]);
      const start = `  ${variable}: the module ${JSON.stringify(module)} `;
      expect(line).to.satisfy((text: string) => text.startsWith(start));
      return line!.slice(start.length);
    }

    it('for a module that is not there, with the words that need none', async () => {
      const words = `was not found. Built in: ${CACHE_KINDS.join(', ')}`;
      for (const module of ['memcache', '@acme/cache', './nowhere.js', '/nowhere/cache.js', 'fs']) {
        expect(await faultOf('THUMBNAIL_CACHE', module)).to.equal(words);
      }
      expect(await faultOf('SECRET_SOURCE', 'sms')).to.equal('was not found. Built in: env, ssm');
      expect(await faultOf('IMAGE_FETCHER', 'acme-fetcher')).to.equal('was not found');
    });

    it('once where there are several workers', async () => {
      expect(await faultOf('THUMBNAIL_CACHE', 'memcache', { WORKERS: '2' })).to.include('not found');
    });

    it('for a module that cannot be loaded', async () => {
      expect(await faultOf('THUMBNAIL_CACHE', await moduleOf("import 'acme-client';"))).to.match(
        /^cannot be loaded: Cannot find package 'acme-client'/,
      );
      expect(await faultOf('THUMBNAIL_CACHE', await moduleOf('export {'))).to.match(/^cannot be loaded: /);
    });

    it('for an installed package that exports no adapter', async () => {
      expect(await faultOf('THUMBNAIL_CACHE', 'lru-cache')).to.equal(
        'has no default export that is a function',
      );
    });

    it('for a function that fails', async () => {
      expect(await faultOf('THUMBNAIL_CACHE', DIRECTORY_CACHE_MODULE)).to.equal(
        'failed to create its adapter: DIRECTORY_CACHE is not set: it names the directory that holds the cache',
      );
    });

    for (const [variable, text, gaps] of [
      ['THUMBNAIL_CACHE', 'undefined', 'methods at all'],
      ['THUMBNAIL_CACHE', '{ get() {}, description: 1 }', 'method set, method close, description'],
      [
        'THUMBNAIL_CACHE',
        "{ get() {}, set() {}, close() {}, lease: true, description: 'x' }",
        'method lease',
      ],
      ['SECRET_SOURCE', "{ description: '' }", 'method read, method close, description'],
      ['IMAGE_FETCHER', '{ fetch() {} }', 'method close'],
      ['IMAGE_RESIZER', '{ close: 1 }', 'method resize, method close'],
    ] as const) {
      it(`for ${variable} with an adapter like ${text}`, async () => {
        const module = await moduleOf(`export default () => (${text});`);
        expect(await faultOf(variable, module)).to.equal(`creates an adapter without ${gaps}`);
      });
    }

    it('for a resizer with decode and no planOf', async () => {
      const module = await moduleOf('export default () => ({ resize() {}, decode() {} });');
      expect(await faultOf('IMAGE_RESIZER', module)).to.equal(
        'creates an adapter that has only one of the methods decode and planOf',
      );
    });
  });
});
