import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RedisServer, whyNoRedis } from '../../scripts/kit/redis.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { refuse, startObjectStore } from '../support/object-store.ts';
import { metricsUrl, scrape } from '../support/metrics.ts';

const USER = { username: 'thumbs', password: 's3cret' } as const;

/** Servers that answer, and what they refuse. */
const CASES: readonly {
  readonly what: string;
  readonly missing: string | undefined;
  readonly start: () => Promise<AsyncDisposable & { readonly environment: Record<string, string> }>;
  readonly says: RegExp;
  readonly countsLogins: boolean;
}[] = [
  {
    what: 'a Redis that does not know the password',
    start: () => redis('thumbs:wrong@', { user: USER }),
    says: /^the cache refuses the login/,
    countsLogins: true,
  },
  {
    what: 'a Redis that wants a password, and is given none',
    start: () => redis('', { password: 's3cret' }),
    says: /^the cache refuses the login/,
    countsLogins: true,
  },
  {
    what: 'a Redis whose user may only read',
    start: () => redis('', { settings: ['user default on nopass ~* -@all +get +info'] }),
    says: /does not allow its user what is needed/,
    countsLogins: false,
  },
  {
    what: 'a Redis that is a read-only replica',
    start: () => redis('', { settings: ['replicaof 127.0.0.1 1'] }),
    says: /is read-only/,
    countsLogins: false,
  },
  {
    what: 'a Redis that is full and evicts nothing',
    start: () => redis('', { settings: ['maxmemory 1', 'maxmemory-policy noeviction'] }),
    says: /is full; nothing new/,
    countsLogins: false,
  },
].map((each) => ({ ...each, missing: whyNoRedis() }));

async function redis(login: string, options: Parameters<typeof RedisServer.start>[0]) {
  const server = await RedisServer.start(options);
  return Object.assign(server, {
    environment: { REDIS_URL: server.url.replace('redis://', `redis://${login}`), THUMBNAIL_CACHE: 'redis' },
  });
}

const ALL: typeof CASES = [
  ...CASES,
  {
    what: 'a memcached that does not know the password',
    missing: whyNoMemcached(),
    start: async () => {
      const user = { username: 'thumbs@localhost', password: 's3cret' } as const;
      const server = await Memcached.start({ user });
      const login = { MEMCACHIER_USERNAME: user.username, MEMCACHIER_PASSWORD: 'wrong' };
      return Object.assign(server, { environment: { MEMCACHIER_SERVERS: server.address, ...login } });
    },
    says: /^the cache refuses the login/,
    countsLogins: true,
  },
  {
    what: 'a memcached that is full and evicts nothing',
    missing: whyNoMemcached(),
    start: async () => {
      // One class of sizes for all that is small.
      const server = await Memcached.start({ args: ['-M', '-m', '2', '-n', '4096', '-f', '1000'] });
      await fill(server);
      return Object.assign(server, { environment: { MEMCACHIER_SERVERS: server.address } });
    },
    says: /is full; nothing new/,
    countsLogins: false,
  },
  {
    what: 'a bucket that allows too little',
    missing: undefined,
    start: () => bucket(403, 'AccessDenied'),
    says: /does not allow its user what is needed/,
    countsLogins: false,
  },
  {
    what: 'a bucket whose store does not know the key',
    missing: undefined,
    start: () => bucket(403, 'InvalidAccessKeyId'),
    says: /^the cache refuses the login/,
    countsLogins: true,
  },
  {
    what: 'a bucket that does not exist',
    missing: undefined,
    start: () => bucket(404, 'NoSuchBucket'),
    says: /^the cache refuses an operation/,
    countsLogins: false,
  },
];

/** Takes up the room that a server has for small values. */
async function fill({ address }: Memcached): Promise<void> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  for (let place = 0; place < 1000; place += 1) socket.write(`set filler${place} 0 0 1 noreply\r\nx\r\n`);
  socket.end('quit\r\n');
  await text(socket);
}

/** A bucket at a store that answers everything with this error. */
async function bucket(status: number, code: string) {
  const store = await startObjectStore();
  store.intercept = (_request, response) => refuse(response, status, code);
  return Object.assign(store, {
    environment: {
      THUMBNAIL_CACHE: 's3',
      S3_CACHE: `s3://${store.bucket}/`,
      S3_ENDPOINT: store.url,
      S3_FORCE_PATH_STYLE: 'on',
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'wrong',
      AWS_REGION: 'eu-west-1',
    },
  });
}

describe('a cache that answers, and refuses', function () {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin();
    origin.serve('/a.png', { body: await plain(90, 60, [0, 90, 200]).png().toBuffer(), type: 'image/png' });
  });
  after(() => origin[Symbol.asyncDispose]());

  for (const { what, missing, start, says, countsLogins } of ALL) {
    it(`${what}, is called that, and costs no thumbnail${missing === undefined ? '' : ` (${missing})`}`, async function () {
      if (missing !== undefined) this.skip();
      await using server = await start();
      await using service = await RunningService.start({ METRICS_PORT: '0', ...server.environment });
      const warnings = () => service.log.filter(({ level, msg }) => level === 40 && msg?.includes('cache'));
      const ask = async () => {
        const query = new URLSearchParams({ url: origin.url('/a.png'), size: '64' }).toString();
        const answer = await fetch(`${service.url}/thumbnail?${query}`);
        await answer.arrayBuffer();
        expect(answer.status).to.equal(200);
        expect(answer.headers.get('cache-status')).to.not.include('stored');
      };
      for (let time = 0; time < 3; time += 1) await ask();
      const giveUpAt = Date.now() + 10_000;
      while (warnings().length === 0 && Date.now() < giveUpAt) await sleep(20);
      expect(warnings().map(({ msg }) => msg)).to.have.length(1);
      expect(warnings()[0]?.msg).to.match(says);
      expect(JSON.stringify(service.log)).to.not.include('wrong').and.not.include('s3cret');
      const counted = (await scrape(metricsUrl(service))).get(
        `thumbnailer_cache_login_failures_total{tier="${server.environment['THUMBNAIL_CACHE'] ?? 'memcached'}"}`,
      );
      expect(Number(counted) > 0).to.equal(countsLogins);
    });
  }
});
