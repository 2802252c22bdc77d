import { expect } from 'chai';
import { Memcached, hasTls, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { selfSignedCertificate, trust } from '../../../scripts/kit/self-signed-certificate.ts';
import { MINUTE_MS, openCache, recovered, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';

const CERTIFICATE = selfSignedCertificate('localhost');
const USER = { username: 'thumbs@localhost', password: 's3cret' } as const;
const PATIENT = { operationMs: 1000, connectMs: 1000 };

const whyNot = whyNoMemcached() ?? (hasTls() ? undefined : 'memcached was built without TLS');
describeUnless(whyNot, 'cache-memcached: TLS', () => {
  const started = new AsyncDisposableStack();
  let server: Memcached;
  let plain: Memcached;
  before(async () => {
    server = started.use(await Memcached.start({ user: USER, certificate: CERTIFICATE }));
    plain = started.use(await Memcached.start());
  });
  after(() => started.disposeAsync());

  const byName = ({ address }: Memcached) => address.replace('127.0.0.1', 'localhost');

  it('carries entries of every size, and the login, and is used again after a restart', async () => {
    using _trust = trust(CERTIFICATE);
    const cache = await openCache({ servers: byName(server), ...USER, tls: true }, PATIENT);
    for (const byteLength of [1, 20_000, 900_000]) {
      const key = freshKey();
      const entry = sampleEntry({ byteLength });
      await cache.set(key, entry, MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(entry);
    }
    const keys = Array.from({ length: 50 }, freshKey);
    await Promise.all(keys.map((key) => cache.set(key, sampleEntry({ seed: key }), MINUTE_MS)));
    const found = await Promise.all(keys.map((key) => cache.get(key)));
    expect(found).to.deep.equal(keys.map((key) => sampleEntry({ seed: key })));

    const key = freshKey();
    await server.stop();
    await unavailable(cache.get(key));
    await server.start();
    expect(await recovered(cache, key)).to.equal(undefined);
    await cache.close();
  });

  it('is refused, before any login, where nobody vouches for the certificate', async () => {
    const cache = await openCache({ servers: byName(server), ...USER, tls: true }, PATIENT);
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/self-signed certificate/);
    await cache.close();
  });

  it('is refused where the certificate is of another name', async () => {
    using _trust = trust(CERTIFICATE);
    const cache = await openCache({ servers: server.address, ...USER, tls: true }, PATIENT);
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/altnames|does not match/);
    await cache.close();
  });

  it('is not spoken with a server that does not speak it, nor left out with one that does', async () => {
    using _trust = trust(CERTIFICATE);
    for (const connection of [
      { servers: byName(plain), tls: true },
      { servers: byName(server), ...USER },
    ]) {
      const cache = await openCache(connection, PATIENT);
      await unavailable(cache.get(freshKey()));
      await cache.close();
    }
  });
});
