import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { textToSign } from '../../src/domain/access/signature.ts';
import { photograph } from '../../scripts/kit/images.ts';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RedisServer, whyNoRedis } from '../../scripts/kit/redis.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { describeUnless } from '../support/describe-with.ts';

const KEY = Buffer.alloc(32, 'key');
const PROCESSES = 3;

interface Backend {
  readonly name: string;
  readonly missing: string | undefined;
  readonly start: () => Promise<AsyncDisposable & { readonly environment: Record<string, string> }>;
}

const BACKENDS: readonly Backend[] = [
  {
    name: 'memory,memcached',
    missing: whyNoMemcached(),
    start: async () => {
      const server = await Memcached.start();
      return Object.assign(server, { environment: { MEMCACHIER_SERVERS: server.address } });
    },
  },
  {
    name: 'redis',
    missing: whyNoRedis(),
    start: async () => {
      const server = await RedisServer.start();
      return Object.assign(server, { environment: { REDIS_URL: server.url } });
    },
  },
];

for (const { name, missing, start } of BACKENDS) {
  describeUnless(missing, `${PROCESSES} processes with THUMBNAIL_CACHE=${name}`, function () {
    let backend: Awaited<ReturnType<Backend['start']>>;
    let origin: Origin;
    let services: RunningService[];

    before(async () => {
      backend = await start();
      origin = await startOrigin();
      const body = await photograph({ width: 1600, height: 1200 }).jpeg().toBuffer();
      origin
        .serve('/first.jpg', { body })
        .serve('/crowd.jpg', { body, delayMs: 100 })
        .serve('/purged.jpg', { body })
        .serve('/tier.jpg', { body });
      const environment = {
        ...backend.environment,
        THUMBNAIL_CACHE: name,
        SIGNING_KEYS: `k:${KEY.toString('base64url')}`,
      };
      services = await Promise.all(
        Array.from({ length: PROCESSES }, () => RunningService.start(environment)),
      );
    });
    after(async () => {
      if (missing !== undefined) return;
      for (const service of services) expect(await service.stop()).to.equal(0);
      await origin[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    });

    const ask = async (process: number, path: string, size = '128') => {
      const query = new URLSearchParams({ url: origin.url(path), size }).toString();
      const response = await fetch(`${services[process % PROCESSES]!.url}/thumbnail?${query}`);
      expect(response.status).to.equal(200);
      return {
        status: response.headers.get('cache-status')!,
        bytes: Buffer.from(await response.arrayBuffer()),
      };
    };

    const hitsOf = (process: number) => services[process]!.log.filter(({ cache }) => cache === 'hit');

    it('fetch a new source once for a crowd', async () => {
      // The first thumbnail has a process load what it needs: that may hold it up longer than it waits for a cache.
      for (let each = 0; each < PROCESSES; each += 1) await ask(each, '/first.jpg');
      const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index, '/crowd.jpg')));
      expect(origin.hits('/crowd.jpg')).to.equal(1);
      expect(new Set(answers.map(({ bytes }) => bytes.toString('base64'))).size).to.equal(1);
    });

    it('forget a source together, whichever of them is told to', async () => {
      for (const size of ['64', '128'])
        for (let each = 0; each < PROCESSES; each += 1) await ask(each, '/purged.jpg', size);
      for (let teller = 0; teller < PROCESSES; teller += 1) {
        const parameters = new URLSearchParams({
          url: origin.url('/purged.jpg'),
          key: 'k',
          expires: '4000000000',
        });
        const text = textToSign('DELETE /thumbnail', parameters);
        parameters.set('signature', createHmac('sha256', KEY).update(text).digest('base64url'));
        const purge = await fetch(`${services[teller]!.url}/thumbnail?${parameters.toString()}`, {
          method: 'DELETE',
        });
        expect(purge.status).to.equal(204);
        for (const size of ['64', '128']) {
          expect((await ask(teller + 1, '/purged.jpg', size)).status).to.include('miss');
          expect((await ask(teller + 2, '/purged.jpg', size)).status).to.include('hit');
        }
      }
    });

    it('say in the log which cache had a thumbnail', async () => {
      const before = hitsOf(1).length;
      const tierOf = async (hit: number) => {
        await ask(1, '/tier.jpg');
        // A line is written behind its answer.
        while (hitsOf(1).length <= before + hit) await new Promise((resolve) => setTimeout(resolve, 5));
        return hitsOf(1)[before + hit]!['tier'];
      };
      const [shared, nearest] = name === 'redis' ? ['redis', 'redis'] : ['memcached', 'memory'];
      await ask(0, '/tier.jpg');
      expect(await tierOf(0)).to.equal(shared);
      // Once a second the shared cache is asked again.
      let tier: unknown;
      for (let hit = 1; tier !== nearest; hit += 1) {
        tier = await tierOf(hit);
        expect(tier).to.be.oneOf([shared, nearest]);
      }
    });
  });
}
