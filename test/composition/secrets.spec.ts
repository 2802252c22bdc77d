import { expect } from 'chai';
import { createThumbnailer } from '../../src/library/create-thumbnailer.ts';
import { SecretSourceError, type Secrets } from '../../src/ports/secret-source.ts';
import { FakeSecrets } from '../support/fakes.ts';
import { rejection } from '../support/rejection.ts';

const KEY = Buffer.alloc(32, 's3cret').toString('base64url');

describe('secrets at the start, wherever they come from', () => {
  const open = (secrets: Secrets, settings: Record<string, string> = {}) =>
    createThumbnailer({
      settings: { SECRET_SOURCE: 'ssm', ...settings },
      ports: { secrets: new FakeSecrets(secrets) },
    });

  it('are all named in one message where they cannot be used, and none is quoted', async () => {
    const error = await rejection(
      open(
        {
          'memcachier-server': 'cache.example:0,s3cret@b',
          'memcachier-username': 's3cret',
          'redis-url': 'redis://s3cret@redis.example:6379/0',
          'signing-keys': 'k:s3cret+/=',
          'source-headers': 'images.example Authorization s3cret',
        },
        { THUMBNAIL_CACHE: 'memory' },
      ),
    );
    expect(error).to.be.instanceOf(SecretSourceError);
    const [head, ...faults] = (error as Error).message.split('\n');
    expect(head).to.equal('These secrets in fake cannot be used:');
    expect(faults.map((fault) => fault.trim().split(':', 1)[0])).to.have.members([
      'memcachier-server',
      'memcachier-password',
      'redis-url',
      'signing-keys',
      'source-headers',
    ]);
    expect((error as Error).message).to.not.include('s3cret');
  });

  it('are named where they are missing, although a cache was chosen', async () => {
    const { message } = (await rejection(open({}, { THUMBNAIL_CACHE: 'memory,redis,memcached' }))) as Error;
    expect(message).to.include('redis-url: not set').and.include('memcachier-server: not set');
  });

  it('are taken where they are sound', async () => {
    await using _thumbnailer = await open({
      'signing-keys': `k:${KEY}`,
      'source-headers': 'images.example: Authorization: Bearer s3cret',
    });
  });
});
