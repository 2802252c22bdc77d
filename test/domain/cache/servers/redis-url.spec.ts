import { expect } from 'chai';
import { parseRedisUrl } from '../../../../src/domain/cache/servers/redis-url.ts';

const NO_LOGIN = { username: undefined, password: undefined };

describe('parseRedisUrl', () => {
  it('reads the address of a server', () => {
    expect(parseRedisUrl('redis://cache.test')).to.deep.equal({
      kind: 'server',
      servers: [{ host: 'cache.test', port: 6379, text: 'cache.test:6379' }],
      tls: false,
      database: 0,
      primaryName: '',
      ...NO_LOGIN,
    });
    expect(parseRedisUrl('REDISS://[::1]:6380/3')).to.deep.include({
      servers: [{ host: '::1', port: 6380, text: '[::1]:6380' }],
      tls: true,
      database: 3,
    });
  });

  it('reads user and password, encoded or not', () => {
    for (const [text, username, password] of [
      ['redis://me:s3cret@a', 'me', 's3cret'],
      ['redis://:s3cret@a', undefined, 's3cret'],
      ['redis://me@a', 'me', undefined],
      ['rediss+cluster://me:s%3Acr%2Fet%40@a,b', 'me', 's:cr/et@'],
      ['redis://me:5%:p@ss@a', 'me', '5%:p@ss'],
    ] as const) {
      expect(parseRedisUrl(text), text).to.include({ username, password });
    }
  });

  it('reads nodes of a cluster, and sentinels of a primary', () => {
    const { kind, servers, tls } = parseRedisUrl('rediss+cluster://a:7000,b,[::1]:7002/');
    expect([kind, tls, servers.map(({ text }) => text)]).to.deep.equal([
      'cluster',
      true,
      ['a:7000', 'b:6379', '[::1]:7002'],
    ]);
    const sentinels = parseRedisUrl('redis+sentinel://:pw@a,b:26380/my%20primary/4');
    expect(sentinels).to.include({
      kind: 'sentinel',
      primaryName: 'my primary',
      database: 4,
      password: 'pw',
    });
    expect(sentinels.servers.map(({ text }) => text)).to.deep.equal(['a:26379', 'b:26380']);
    expect(parseRedisUrl('redis+sentinel://a/main')).to.include({ primaryName: 'main', database: 0 });
  });

  for (const text of [
    ...[
      '',
      'cache.test',
      'http://a',
      'redis://',
      'redis:///1',
      'redis://a,b',
      'redis://a/b',
      'redis://a/0?x=1',
      'redis://a:0',
    ],
    ...[
      'redis://a:99999',
      'redis+cluster://a/1',
      'redis+cluster://a,',
      'redis+cluster://s3cret@',
      'redis+sentinel://a',
    ],
    ...['redis+sentinel://a/', 'redis+sentinel://a/main/x', 'redis+ring://a', 'redis://:s3cret@a/x'],
  ]) {
    it(`refuses ${text || 'nothing'}, without quoting it`, () => {
      expect(() => parseRedisUrl(text))
        .to.throw(/^the address of the Redis server is not of the form redis/)
        .and.not.match(/s3cret/);
    });
  }
});
