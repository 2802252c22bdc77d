import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { Memcached, whyNoMemcached } from '../../scripts/kit/memcached.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { ConstantLoad } from './constant-load.ts';
import { LoadBalancer, configurationFaults, freePort, hasHaproxy } from './load-balancer.ts';
import { describeUnless } from '../support/describe-with.ts';

const whyNot = hasHaproxy ? whyNoMemcached() : 'not installed: haproxy';
/** Also the time limit of a check: a task that starts on a busy machine needs some of it. */
const CHECK_INTERVAL_MS = 800;
/** Two checks fail before the balancer looks elsewhere; the rest is for a machine that has other work too. */
const DRAIN_DELAY_MS = 5 * CHECK_INTERVAL_MS;
const USER = { username: 'thumbnailer@localhost', password: 'local-only' } as const;

describeUnless(whyNot, 'three tasks behind a load balancer', function () {
  this.timeout(240_000);
  const stack = new AsyncDisposableStack();
  let origin: Origin;
  let memcached: Memcached;

  before(async () => {
    origin = stack.use(await startOrigin());
    memcached = stack.use(await Memcached.start({ user: USER }));
    origin.serve('/a.jpg', { body: await photograph({ width: 600, height: 400 }).jpeg().toBuffer() });
  });
  after(() => stack.disposeAsync());

  it('has a configuration that haproxy finds no fault with', () => {
    const [TASK_1, TASK_2, TASK_3] = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3'];
    const environment = { LISTEN: '127.0.0.1:15000', CHECK_INTERVAL: '1s', TASK_1, TASK_2, TASK_3 };
    expect(configurationFaults(environment)).to.equal('');
    expect(configurationFaults({ ...environment, CHECK_INTERVAL: 'soon' })).to.include('ALERT');
  });

  it('fails no request while each task is replaced in turn under load', async () => {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const start = async (port: number) =>
      RunningService.start({
        PORT: String(port),
        DRAIN_DELAY: `${DRAIN_DELAY_MS}ms`,
        // A machine that has other work is no overload of the service.
        QUEUE_TIMEOUT: '60s',
        MEMCACHIER_SERVER: memcached.address,
        MEMCACHIER_USERNAME: USER.username,
        MEMCACHIER_PASSWORD: USER.password,
      });
    const tasks = await Promise.all(ports.map(start));
    stack.defer(async () => {
      for (const task of tasks) await task[Symbol.asyncDispose]();
    });
    const [first, second, third] = ports.map((port) => `127.0.0.1:${port}`) as [string, string, string];
    const balancer = stack.use(await LoadBalancer.start([first, second, third], `${CHECK_INTERVAL_MS}ms`));

    const source = encodeURIComponent(origin.url('/a.jpg'));
    const thumbnails = [64, 128, 256].map((size) => `${balancer.url}/thumbnail?url=${source}&size=${size}`);
    for (const url of thumbnails) expect((await fetch(url)).status).to.equal(200);
    await using load = new ConstantLoad([...thumbnails, `${balancer.url}/`], 8);
    for (const [index, port] of ports.entries()) {
      const exitCode = tasks[index]!.stop('SIGTERM');
      await balancer.saw(`task${index + 1}`, 'DOWN');
      expect(await exitCode).to.equal(0);
      tasks[index] = await start(port);
      await balancer.saw(`task${index + 1}`, 'UP');
    }
    await load.stopAfter(3000);

    expect(load.failures).to.deep.equal([]);
    expect(load.answered).to.be.at.least(3000);
    // The tasks share one cache; one that has only just started may work without it for a moment.
    expect(origin.hits('/a.jpg')).to.be.below(load.answered / 20);
  });
});
