import { expect } from 'chai';
import { ConfigError, readConfig } from '../../src/config/config.ts';

const KEYS = `a:${Buffer.alloc(32).toString('base64url')}`;

/** Settings that do not go together, and the variable that the message begins with. */
const CONTRADICTIONS: readonly (readonly [variable: string, settings: Record<string, string>])[] = [
  ['CACHE_TTL_MIN', { CACHE_TTL_MIN: '2d', CACHE_TTL: '1d' }],
  ['CACHE_TTL_MIN', { CACHE_TTL_MIN: '2d', CACHE_TTL_MAX: '1d' }],
  ['CACHE_TTL', { CACHE_TTL: '3d', CACHE_TTL_MAX: '1d' }],
  ['THUMBNAIL_SIZES', { THUMBNAIL_SIZES: '64,4096' }],
  ['THUMBNAIL_SIZES', { MAX_THUMBNAIL_SIZE: '32' }],
  ['DRAIN_DELAY', { DRAIN_DELAY: '60s', SHUTDOWN_TIMEOUT: '10s' }],
  ['DRAIN_DELAY', { DRAIN_DELAY: '60s' }],
  ['DOWNLOADS_PER_HOST', { DOWNLOADS_PER_HOST: '9', DOWNLOAD_CONCURRENCY: '8' }],
  ['MEMORY_CACHE_SIZE', { MEMORY_CACHE_SIZE: '3B', WORKERS: '4' }],
  ['METRICS_PORT', { METRICS_PORT: '8000' }],
  ['METRICS_PORT', { METRICS_PORT: '9000', PORT: '9000' }],
  ['MEMCACHIER_PASSWORD', { MEMCACHIER_USERNAME: 'user' }],
  ['MEMCACHIER_USERNAME', { MEMCACHIER_PASSWORD: 's3cret' }],
  ['REDIS_URL', { REDIS_URL: 'redis://s3cret@redis.example' }],
  ['REDIS_URL', { REDIS_URL: 'http://s3cret:6379' }],
  ['REDIS_URL', { REDIS_URL: 's3cret' }],
  ['REDIS_URL', { REDIS_URL: 'redis://:s3cret@redis.example:99999/0' }],
  ['REDIS_URL', { REDIS_URL: 'redis+cluster://a.example:7000,s3cret:0' }],
  ['MEMCACHIER_SERVER', { MEMCACHIER_SERVER: 'http://a:s3cret@b' }],
  ['MEMCACHIER_SERVERS', { MEMCACHIER_SERVERS: 'a.example:11211,s3cret@b' }],
  ['REDIS_URL', { REDIS_URL: 'redis://:s3cret@a.example:6379,b.example:6379/0' }],
  ['REDIS_URL', { REDIS_URL: 'redis://:s3cret@a.example/0?timeout=1' }],
  ['REDIS_URL', { REDIS_URL: 'redis+sentinel://:s3cret@a.example' }],
  ['REDIS_URL', { THUMBNAIL_CACHE: 'memory,redis' }],
  ['MEMCACHIER_SERVER', { THUMBNAIL_CACHE: 'memcached' }],
  ['MEMCACHIER_SERVER', { MEMCACHIER_SERVER: ' , ' }],
  ['SIGNING_KEYS', { SIGNING_KEYS: 'id:s3cret+/=' }],
  ['SIGNING_KEYS', { SIGNATURES: 'required' }],
  ['SOURCE_HEADERS', { SOURCE_HEADERS: 'images.example Authorization s3cret' }],
  ['FALLBACK_STATUS', { FALLBACK_STATUS: '404' }],
  ['THUMBNAIL_CACHE', { THUMBNAIL_CACHE: 'none,memory' }],
  ['THUMBNAIL_CACHE', { THUMBNAIL_CACHE: 'memcached,memory', MEMCACHIER_SERVER: 'a' }],
  ['DISK_CACHE_PATH', { THUMBNAIL_CACHE: 'memory,disk' }],
  ['S3_CACHE', { THUMBNAIL_CACHE: 's3' }],
];

describe('settings against each other', () => {
  const faultsOf = (settings: Record<string, string>): string[] => {
    try {
      readConfig(settings);
      return [];
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      return (error as Error).message.split('\n').slice(1);
    }
  };

  for (const [variable, settings] of CONTRADICTIONS) {
    it(`refuses ${JSON.stringify(settings)}`, () => {
      const faults = faultsOf(settings);
      expect(faults).to.have.length(1);
      expect(faults[0]).to.match(new RegExp(`^  ${variable}: `));
      expect(faults[0]).to.not.include('s3cret');
    });
  }

  it('names all of them in one message, beside those that are wrong by themselves', () => {
    const all = { QUEUE_LIMIT: 'few', METRICS_PORT: '8000', ...CONTRADICTIONS[1]?.[1], REDIS_URL: 'redis' };
    expect(faultsOf(all).map((fault) => fault.trim().split(':', 1)[0])).to.have.members([
      'QUEUE_LIMIT',
      'METRICS_PORT',
      'CACHE_TTL_MIN',
      'REDIS_URL',
    ]);
  });

  it('says of what cannot be read nothing but that', () => {
    for (const settings of [
      { THUMBNAIL_CACHE: 'disk', DISK_CACHE_PATH: 'cache' },
      { THUMBNAIL_CACHE: 's3', S3_CACHE: 'thumbnails' },
      { THUMBNAIL_SIZES: '4096', MAX_THUMBNAIL_SIZE: '4k' },
      { FALLBACK_STATUS: '404', FALLBACK_IMAGE: './a.png', DRAIN_DELAY: '30s', SHUTDOWN_TIMEOUT: '60' },
    ]) {
      const faults = faultsOf(settings);
      expect(faults, faults.join()).to.have.length(1);
      expect(faults[0]).to.include(': expected ');
    }
  });

  it('lets defaults give way to what is set', () => {
    const lifetimesOf = (settings: Record<string, string>) => readConfig(settings).cache.lifetimes;
    const [hour, day] = [3_600_000, 86_400_000];
    expect(lifetimesOf({ CACHE_TTL_MIN: '2d' })).to.include({ minMs: 2 * day, defaultMs: 2 * day });
    expect(lifetimesOf({ CACHE_TTL_MAX: '1h' })).to.include({ maxMs: hour, defaultMs: hour, minMs: 60_000 });
    expect(lifetimesOf({ CACHE_TTL: '60d' })).to.include({ maxMs: 60 * day, defaultMs: 60 * day });
    expect(lifetimesOf({ CACHE_TTL: '10s' })).to.include({ minMs: 10_000, defaultMs: 10_000 });
  });

  it('takes what goes together, addresses of all forms among it, and has nothing to say of it', () => {
    const login = { MEMCACHIER_USERNAME: 'user', MEMCACHIER_PASSWORD: 'p:a,s@s' };
    for (const settings of [
      {},
      { HOSTNAME: 'task', REDIS_SERVICE_HOST: '10.0.0.1', CACHE_DRIVER: 'file', SOURCE_COMMIT: 'abc' },
      { THUMBNAIL_CACHE: 'redis', REDIS_URL: 'rediss://user:p%40ss@redis.example:6380/2' },
      { THUMBNAIL_CACHE: 'redis', REDIS_URL: 'redis://:password@redis.example' },
      { THUMBNAIL_CACHE: 'redis', REDIS_URL: 'redis+cluster://a.example:7000,b.example:7001' },
      { THUMBNAIL_CACHE: 'redis', REDIS_URL: 'rediss+sentinel://u:p@a.example:26379,b.example/mymaster/1' },
      { MEMCACHIER_SERVERS: 'a.example:11211, [fd00::1]:11211,b', ...login },
      { THUMBNAIL_CACHE: 'memory,disk', DISK_CACHE_PATH: '/var/cache/thumbnails' },
      { THUMBNAIL_CACHE: './redis.js', REDIS_URL: 'redis://redis.example' },
      { SECRET_SOURCE: 'ssm', MEMCACHIER_USERNAME: 'user' },
      { PORT: '0', METRICS_PORT: '0' },
      {
        THUMBNAILER_PORT: 'tcp://10.0.0.1:80',
        THUMBNAILER_SERVICE_PORT_HTTP: '80',
        THUMBNAILER_PORT_80_TCP_ADDR: '10.0.0.1',
      },
      { SIGNING_KEYS: KEYS },
      { WORKERS: '2' },
      { WORKERS: '2', SIGNING_KEYS: KEYS, MEMCACHIER_SERVERS: 'a.example' },
      {
        WORKERS: '2',
        SIGNING_KEYS: KEYS,
        THUMBNAIL_CACHE: 'memory,disk',
        DISK_CACHE_PATH: '/var/thumbnails',
      },
      { DRAIN_DELAY: '20s', SHUTDOWN_TIMEOUT: '20s' },
    ]) {
      expect(readConfig(settings).warnings, JSON.stringify(settings)).to.deep.equal([]);
    }
  });

  it('warns of names that are misspelt, and of a cache that is not chosen', () => {
    const { warnings } = readConfig({
      THUMBNAIL_SIZE: '64',
      CACHE_TTLS: '1d',
      ALLOWED_HOST: 'a',
      MAX_REDIRECT: '3',
      MEMORY_CACHE: '64MiB',
      REDIS_URL: 'redis://redis.example',
      DISK_CACHE_PATH: '/var/cache/thumbnails',
      S3_CACHE: 's3://thumbnails/v1/',
    });
    expect(warnings.map((warning) => warning.split(' ', 1)[0])).to.deep.equal([
      'ALLOWED_HOST',
      'CACHE_TTLS',
      'MAX_REDIRECT',
      'MEMORY_CACHE',
      'THUMBNAIL_SIZE',
      'REDIS_URL',
      'DISK_CACHE_PATH',
      'S3_CACHE',
    ]);
    expect(warnings.join()).to.not.include('redis.example');
  });

  it('warns of workers of which a purge reaches only one', () => {
    for (const THUMBNAIL_CACHE of ['', 'memory']) {
      const { warnings } = readConfig({ WORKERS: '2', SIGNING_KEYS: KEYS, THUMBNAIL_CACHE });
      expect(warnings.join()).to.include('a purge reaches only one of them');
    }
  });
});
