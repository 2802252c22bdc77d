import { expect } from 'chai';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';

const USER = { username: 'thumbs@localhost', password: 's3cret' } as const;

const whyNot = whyNoMemcached();
describe(`cache-memcached: a real server${whyNot === undefined ? '' : ` (skipped, ${whyNot})`}`, () => {
  const started = new AsyncDisposableStack();
  let server: Memcached;
  before(async function () {
    if (whyNot !== undefined) return this.skip();
    server = started.use(await Memcached.start({ user: USER }));
  });
  after(() => started.disposeAsync());

  it('that is stopped and started again is used again', async () => {
    const cache = await openCache({ servers: server.address, ...USER });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await server.stop();
    await unavailable(cache.get(key));
    await expectRejectedAtOnce(cache, key);

    await server.start();
    expect(await recovered(cache, key), 'its memory is empty').to.equal(undefined);
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('that freezes is left alone until it answers again', async () => {
    const cache = await openCache({ servers: server.address, ...USER });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await server.pause();
    try {
      expect((await unavailable(cache.get(key))).message).to.match(/no answer within 1000 ms/);
      await expectRejectedAtOnce(cache, key);
    } finally {
      server.resume();
    }
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

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

  it('is not blamed for an event loop that was held up', async () => {
    const cache = await openCache({ servers: server.address, ...USER }, { operationMs: 200 });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const pending = cache.get(key);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    expect(await pending).to.deep.equal(sampleEntry());
    await cache.close();
  });
});
