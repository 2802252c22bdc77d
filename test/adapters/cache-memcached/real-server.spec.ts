import { expect } from 'chai';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';
import { itOutlastsOutages } from '../../support/outage-contract.ts';

const USER = { username: 'thumbs@localhost', password: 's3cret' } as const;

describeUnless(whyNoMemcached(), 'cache-memcached: a real server', () => {
  const started = new AsyncDisposableStack();
  let server: Memcached;
  before(async () => {
    server = started.use(await Memcached.start({ user: USER }));
  });
  after(() => started.disposeAsync());

  itOutlastsOutages(
    () => Memcached.start({ user: USER }),
    ({ address }, deadlines) => openCache({ servers: address, ...USER }, deadlines),
  );

  it('that does not know the password is used once the password has been set right', async () => {
    let password = 'wrong';
    const cache = await openCache(() => ({ servers: server.address, username: USER.username, password }));
    const key = freshKey();
    expect((await unavailable(cache.set(key, sampleEntry(), MINUTE_MS))).message).to.match(
      /authentication failed/,
    );
    await expectRejectedAtOnce(cache, key);
    password = USER.password;
    expect(await recovered(cache, key), 'nothing is sent late').to.equal(undefined);
    await cache.close();
  });

  it('that took the place of another is used, though nothing was wrong with that one', async () => {
    await using successor = await Memcached.start({ user: { ...USER, password: 'other' } });
    let connection = { servers: server.address, ...USER } as {
      servers: string;
      username: string;
      password: string;
    };
    const cache = await openCache(() => connection, { refreshMs: 0 });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    connection = { servers: successor.address, username: USER.username, password: 'other' };
    await cache.get(key);
    expect(await recovered(cache, key), 'its memory is empty').to.equal(undefined);
    expect(cache.description).to.include(successor.address);
    await cache.close();
  });

  it('that demands a login is not used without one', async () => {
    const cache = await openCache({ servers: server.address });
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/authentication failed/);
    await cache.close();
  });

  it('that demands no login is used with one', async () => {
    await using open = await Memcached.start();
    const cache = await openCache({ servers: open.address, ...USER });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('that holds less than 1 MiB a value keeps what it can', async () => {
    await using small = await Memcached.start({ args: ['-I', '512k'] });
    const cache = await openCache({ servers: small.address });
    const [key, other] = [freshKey(), freshKey()];
    await cache.set(key, sampleEntry({ byteLength: 800_000 }), MINUTE_MS);
    await cache.set(other, sampleEntry({ byteLength: 20_000 }), MINUTE_MS);
    expect(await cache.get(key)).to.equal(undefined);
    expect(await cache.get(other)).to.deep.equal(sampleEntry({ byteLength: 20_000 }));
    await cache.close();
  });
});
