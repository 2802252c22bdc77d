import { expect } from 'chai';
import sharp from 'sharp';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { describeUnless } from '../support/describe-with.ts';

const missing = whyNoMemcached();
const USER = { username: 'thumbs@localhost', password: 's3cr:et@,#' } as const;

describeUnless(missing, 'two processes that share a memcached with SASL', function () {
  let memcached: Memcached;
  let origin: Origin;
  let services: [RunningService, RunningService];

  before(async () => {
    memcached = await Memcached.start({ user: USER });
    origin = await startOrigin();
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#04c' } } as const;
    const body = await sharp(picture).png().toBuffer();
    for (const name of ['a', 'b', 'c']) origin.serve(`/${name}.png`, { body, type: 'image/png' });
    const environment = {
      MEMCACHIER_SERVERS: memcached.address,
      MEMCACHIER_USERNAME: USER.username,
      MEMCACHIER_PASSWORD: USER.password,
    };
    services = [await RunningService.start(environment), await RunningService.start(environment)];
  });
  after(async () => {
    if (missing !== undefined) return;
    for (const service of services) expect(await service.stop()).to.equal(0);
    await origin[Symbol.asyncDispose]();
    await memcached[Symbol.asyncDispose]();
  });

  /** Cache status and bytes of one request. */
  const ask = async (process: 0 | 1, path: string) => {
    const query = new URLSearchParams({ url: origin.url(path), size: '64' }).toString();
    const response = await fetch(`${services[process].url}/thumbnail?${query}`);
    expect(response.status).to.equal(200);
    const [, status = ''] = /; (hit|fwd=uri-miss)/.exec(response.headers.get('cache-status') ?? '') ?? [];
    return { status, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it('choose memcached where its address is known', () => {
    for (const { log } of services) expect(log[0]).to.include({ cache: `memcached at ${memcached.address}` });
  });

  it('find what the other has made', async () => {
    const made = await ask(0, '/a.png');
    const found = await ask(1, '/a.png');
    expect([made.status, found.status]).to.deep.equal(['fwd=uri-miss', 'hit']);
    expect(found.bytes.equals(made.bytes)).to.equal(true);
    expect(origin.hits('/a.png')).to.equal(1);
  });

  it('work without it while it is down, and with it again once it is back', async () => {
    await memcached.stop();
    for (const process of [0, 1, 0, 1] as const)
      expect((await ask(process, '/b.png')).status).to.equal('fwd=uri-miss');
    await memcached.start();
    const deadline = Date.now() + 15_000;
    for (;;) {
      await ask(0, '/c.png');
      if ((await ask(1, '/c.png')).status === 'hit') break;
      expect(Date.now(), 'no hit since memcached is back').to.be.below(deadline);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const logs = await Promise.all(services.map((service) => service.logUntilNow()));
    const warnings = logs.flat().filter(({ level }) => Number(level) >= 40);
    expect(warnings.length, 'one line an outage, not one a request').to.be.within(2, 4);
  });
});
