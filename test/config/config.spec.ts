import { totalmem } from 'node:os';
import { expect } from 'chai';
import { VARIABLES } from '../../src/config/variables.ts';
import { ConfigError, readConfig } from '../../src/config/config.ts';

describe('readConfig', () => {
  it('needs nothing to be set', () => {
    const config = readConfig({});
    expect(config).to.deep.include({
      host: '0.0.0.0',
      port: 8000,
      allowedHosts: ['localhost', '127.0.0.1', '[::1]'],
      allowedOrigins: ['*'],
      hsts: false,
      basePath: '',
      form: true,
      uploads: true,
      logLevel: 'info',
      shutdownTimeoutMs: 25_000,
      cache: {
        kinds: undefined,
        lifetimes: {
          defaultMs: 86_400_000,
          minMs: 60_000,
          maxMs: 2_592_000_000,
          faultsMs: 60_000,
          staleIfErrorMs: 86_400_000,
        },
        memoryBytes: 64 * 1024 ** 2,
        memcachedTls: false,
        memcachedDiscovery: false,
        diskPath: undefined,
        diskBytes: 1024 ** 3,
        s3Place: undefined,
        namespace: 'thumbnailer',
        keptSourcesBytes: 16 * 1024 ** 2,
      },
      secrets: { kind: 'env', values: {} },
      requests: {
        openSizes: [64, 128, 256],
        openQualities: [],
        animations: 'signed',
        maxSignedSize: 2048,
        signatures: 'optional',
        presets: new Map(),
      },
      aws: {},
      s3: { endpoint: undefined, forcePathStyle: false },
    });
    const { animations, ...sources } = config.sources;
    expect(animations).to.deep.equal({
      maxFrames: 100,
      maxPixels: Math.floor(config.work.memoryBudgetBytes / 10),
    });
    expect(sources).to.deep.equal({
      allowedHosts: undefined,
      allowedPrefixes: [],
      base: undefined,
      allowedPorts: [
        { from: 80, to: 80 },
        { from: 443, to: 443 },
      ],
      allowedPrivateNetworks: [],
      dnsServers: undefined,
      maxBytes: 20 * 1024 ** 2,
      maxPixels: 50_000_000,
      inputFormats: ['jpeg', 'png', 'webp', 'gif', 'avif', 'heic', 'svg', 'bmp', 'ico'],
      timeoutMs: 10_000,
      maxUrlLength: 8192,
      maxRedirects: 6,
      userAgent: 'thumbnailer',
      partialDownloads: true,
      refusesDamaged: false,
    });
    expect(config.work.memoryBudgetBytes).to.be.within(1024 ** 2, (totalmem() * 2) / 5);
    expect(config.work.resizeConcurrency).to.be.at.least(2);
  });

  it('reads each format', () => {
    const config = readConfig({
      ALLOWED_HOSTS: 'Thumbs.example, .example.com,[fd00::1]',
      THUMBNAIL_CACHE: 'memory,redis',
      MEMORY_CACHE_SIZE: '512KiB',
      MEMCACHED_TLS: 'on',
      MEMCACHED_DISCOVERY: 'on',
      CACHE_TTL: '30d',
      SOURCE_TIMEOUT: '250ms',
      SHUTDOWN_TIMEOUT: '0s',
      ALLOWED_SOURCES: '.cdn.example',
      ALLOWED_SOURCE_PORTS: '80,8000-8100',
      ALLOWED_PRIVATE_NETWORKS: '10.0.0.0/8,fd00::/8',
      DNS_SERVERS: '10.0.0.2,10.0.0.2:5353,fd00::2,[fd00::2]:5353',
      THUMBNAIL_SIZES: '32,512,32',
      THUMBNAIL_QUALITIES: '50,80',
      ANIMATIONS: 'open',
      MAX_ANIMATION_FRAMES: '20',
      MAX_ANIMATION_PIXELS: '5000000',
      PARTIAL_DOWNLOADS: 'off',
      LENIENT_IMAGES: 'off',
      INPUT_FORMATS: 'png,svg',
      MEMCACHIER_SERVERS: 'mc.example:11211',
      MEMCACHIER_USERNAME: 'thumbs',
      MEMCACHIER_PASSWORD: 'p:a,s@s#w"o$rd',
      REDIS_URL: 'redis://redis.example',
    });
    expect(config.allowedHosts).to.deep.equal(['thumbs.example', '.example.com', '[fd00::1]']);
    expect(config.cache).to.deep.equal({
      kinds: ['memory', 'redis'],
      lifetimes: {
        defaultMs: 2_592_000_000,
        minMs: 60_000,
        maxMs: 2_592_000_000,
        faultsMs: 60_000,
        staleIfErrorMs: 86_400_000,
      },
      memoryBytes: 524_288,
      memcachedTls: true,
      memcachedDiscovery: true,
      diskPath: undefined,
      diskBytes: 1024 ** 3,
      s3Place: undefined,
      namespace: 'thumbnailer',
      keptSourcesBytes: 16 * 1024 ** 2,
    });
    expect(config.sources).to.deep.include({
      timeoutMs: 250,
      allowedHosts: ['.cdn.example'],
      allowedPorts: [
        { from: 80, to: 80 },
        { from: 8000, to: 8100 },
      ],
      allowedPrivateNetworks: ['10.0.0.0/8', 'fd00::/8'],
      dnsServers: ['10.0.0.2', '10.0.0.2:5353', 'fd00::2', '[fd00::2]:5353'],
      inputFormats: ['png', 'svg'],
      animations: { maxFrames: 20, maxPixels: 5_000_000 },
      partialDownloads: false,
      refusesDamaged: true,
    });
    expect(config.shutdownTimeoutMs).to.equal(0);
    expect(config.requests).to.deep.include({
      openSizes: [32, 512],
      openQualities: [50, 80],
      animations: 'open',
    });
    expect(config.secrets).to.deep.equal({
      kind: 'env',
      values: {
        'memcachier-server': 'mc.example:11211',
        'memcachier-username': 'thumbs',
        'memcachier-password': 'p:a,s@s#w"o$rd',
        'redis-url': 'redis://redis.example',
      },
    });
  });

  it('takes host names of any alphabet as URLs have them', () => {
    const { allowedHosts } = readConfig({ ALLOWED_SOURCES: 'Bücher.example,.例え.jp' }).sources;
    expect(allowedHosts).to.deep.equal(['xn--bcher-kva.example', '.xn--r8jz45g.jp']);
    expect(() => readConfig({ ALLOWED_SOURCES: 'a b.example' })).to.throw(ConfigError);
  });

  it('names its own first page to sources, where it has a public one', () => {
    const userAgent = (ALLOWED_HOSTS: string, more = {}) =>
      readConfig({ ALLOWED_HOSTS, ...more }).sources.userAgent;
    expect(userAgent('localhost,.example.com,10.0.0.1,thumbs.example.com')).to.equal(
      'thumbnailer (+https://thumbs.example.com/)',
    );
    for (const inner of ['*', 'thumbs', 'thumbs.internal', '[fd00::1]', '.example.com'])
      expect(userAgent(inner), inner).to.equal('thumbnailer');
    expect(userAgent('thumbs.example.com', { USER_AGENT: 'mine/1' })).to.equal('mine/1');
  });

  it('takes an empty value for one that is not set', () => {
    expect(readConfig({ PORT: '', MEMCACHIER_SERVER: '', THUMBNAIL_CACHE: '' })).to.deep.equal(
      readConfig({}),
    );
  });

  it('leaves the secrets of the environment alone where they come from Parameter Store', () => {
    const { secrets } = readConfig({
      SECRET_SOURCE: 'ssm',
      SSM_PREFIX: '/thumbs/',
      MEMCACHIER_SERVER: 'mc:1',
    });
    expect(secrets).to.deep.equal({ kind: 'ssm', prefix: '/thumbs/' });
  });

  it('takes any other word for a module: a path or a package', () => {
    const modules = ['./cache.js', '../caches/a b.ts', '/srv/cache.js', 'file:///srv/cache.js', 'acme-cache'];
    const packages = ['@acme/cache', '@acme/caches/disk.js'];
    const { cache, secrets } = readConfig({
      THUMBNAIL_CACHE: ['memory', ...modules, ...packages, './cache.js'].join(', '),
      SECRET_SOURCE: '@acme/vault',
      SIGNING_KEYS: 'from the environment',
    });
    expect(cache.kinds).to.deep.equal(['memory', ...[...modules, ...packages].map((module) => ({ module }))]);
    expect(secrets).to.deep.equal({ kind: 'module', module: '@acme/vault' });
    for (const text of ['Disk', 'disk cache', 'https://cache.example', '@acme', '..']) {
      expect(() => readConfig({ THUMBNAIL_CACHE: text }), text).to.throw(ConfigError, JSON.stringify(text));
    }
  });

  it('takes origins in the spelling of browsers, and nothing else', () => {
    const { allowedOrigins } = readConfig({
      ALLOWED_ORIGINS: 'https://App.example:443, *, http://localhost:3000, capacitor://localhost',
    });
    expect(allowedOrigins).to.deep.equal([
      'https://app.example',
      '*',
      'http://localhost:3000',
      'capacitor://localhost',
    ]);
    expect(readConfig({ ALLOWED_ORIGINS: 'none' }).allowedOrigins).to.deep.equal([]);
    for (const text of [
      'app.example',
      'https://app.example/path',
      'https://*.app.example',
      'https://',
      'null',
    ]) {
      expect(() => readConfig({ ALLOWED_ORIGINS: text }), text).to.throw(ConfigError, 'ALLOWED_ORIGINS');
    }
  });

  it('takes the base path with or without its last slash, and nothing that is no path', () => {
    for (const [text, basePath] of Object.entries({ '/': '', '/img': '/img', '/a/b-c.d~e/': '/a/b-c.d~e' }))
      expect(readConfig({ BASE_PATH: text }).basePath, text).to.equal(basePath);
    for (const text of [
      'img',
      '//',
      '//img',
      '/a/../b',
      '/./a',
      '/a b',
      '/a?b',
      '/%41',
      'https://a.example/b',
    ])
      expect(() => readConfig({ BASE_PATH: text }), text).to.throw(
        ConfigError,
        'BASE_PATH: expected a path such as /img',
      );
  });

  it('takes nothing but addresses for name servers', () => {
    for (const text of [
      'dns.example',
      '10.0.0.2:0',
      '10.0.0.2:99999',
      '[10.0.0.2]',
      'fd00::2%eth0',
      '10.0.0',
      '',
    ]) {
      const read = () => readConfig({ DNS_SERVERS: `10.0.0.2,${text}` });
      expect(read, text).to.throw(ConfigError, 'DNS_SERVERS');
    }
  });

  it('names every fault in one message: the variable, the format, and what was found', () => {
    const faulty = {
      PORT: '80a',
      CACHE_TTL: '10',
      MAX_SOURCE_SIZE: '20MB',
      THUMBNAIL_CACHE: 'memory;disk',
      SECRET_SOURCE: './',
      ALLOWED_PRIVATE_NETWORKS: '10.0.0.0/33',
      ALLOWED_SOURCE_PORTS: '90-80',
      ALLOWED_HOSTS: 'http://a.example',
      THUMBNAIL_SIZES: '64,0',
      QUEUE_TIMEOUT: '99d',
    };
    let message = '';
    try {
      readConfig(faulty);
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      ({ message } = error as ConfigError);
    }
    const lines = message.split('\n').slice(1);
    expect(lines).to.have.length(Object.keys(faulty).length);
    for (const [name, value] of Object.entries(faulty)) {
      const line = lines.find((candidate) => candidate.trim().startsWith(`${name}:`));
      expect(line, name).to.include('expected ').and.include(JSON.stringify(value));
    }
    expect(message).to.include('PORT: expected a whole number from 0 to 65535; found "80a"');
  });

  it('names the bounds that a size or a duration is outside of', () => {
    for (const [name, value, bounds] of [
      ['DISK_CACHE_SIZE', '1MiB', 'at least 16MiB'],
      ['MAX_SOURCE_SIZE', '1B', 'at least 1KiB'],
      ['SOURCE_TIMEOUT', '0s', 'at least 1ms and at most 24d'],
      ['DRAIN_DELAY', '30d', 'at most 24d'],
      ['CACHE_TTL', '366d', 'at most 365d'],
    ] as const) {
      expect(() => readConfig({ [name]: value }), name).to.throw(ConfigError, `${bounds}; found "${value}"`);
    }
  });

  describe('never quotes a credential', () => {
    const PARTS = ['hunter2', 'p4ssw0rd', 'abcdefghijklmnopqrstuvwxyz', 'c2VjcmV0', 'a1b2c3'];
    const MISPLACED = [
      'redis://u:hunter2@cache:6379',
      'rediss://:p4ssw0rd@cache',
      'https://hunter2@images.example/',
      'redis://u:p4ss/p4ssw0rd"@cache',
      'hunter2',
      'p4ssw0rd!',
      'c2VjcmV0LXNlY3JldA==',
      '2026:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2V',
      'a1b2c3d4e5f60718293a4b5c6d7e8f90',
      '{"password":"hunter2"}',
      'abcdefghijklmnopqrstuvwxyz',
    ];
    for (const [name, { format }] of Object.entries(VARIABLES)) {
      if (format === 'text' || format === 'a secret') continue;
      it(`that was given as ${name}`, () => {
        for (const value of MISPLACED) {
          try {
            readConfig({ [name]: value });
          } catch (error) {
            for (const part of PARTS) expect((error as Error).message, value).to.not.include(part);
          }
        }
      });
    }

    it('that is in a secret variable, however it looks', () => {
      const read = () => readConfig({ PORT: 'sesame', MEMCACHIER_PASSWORD: 'sesame' });
      expect(read).to.throw(ConfigError).with.property('message').that.does.not.include('sesame');
    });
  });

  it('has a default that its own format reads, and a meaning, for every variable', () => {
    for (const [name, variable] of Object.entries(VARIABLES)) {
      expect(variable.meaning, name).to.match(/^\w.*[^.]$/);
      if (variable.default !== undefined) expect(() => variable.parse(variable.default), name).not.to.throw();
    }
  });
});
