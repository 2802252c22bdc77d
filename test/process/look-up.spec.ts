import { execFile } from 'node:child_process';
import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type LookUp, lookUpBy } from '../../src/process/look-up.ts';
import { startDnsServer } from '../support/dns-server.ts';

const run = promisify(execFile);

describe('what takes the place of dns.lookup', () => {
  const BOTH = [
    { address: '127.0.0.2', family: 4 },
    { address: '::2', family: 6 },
  ];
  let asked: string[];
  const system: LookUp = (hostname, ...rest) => {
    asked.push(hostname);
    const callback = rest.at(-1);
    if (typeof callback === 'function') callback(null, 'by the system', 4);
  };

  beforeEach(() => (asked = []));

  const failing = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
  const outcome = (
    resolve: () => Promise<readonly LookupAddress[]>,
    hostname: string,
    ...options: unknown[]
  ) =>
    new Promise<unknown[]>((settle) => {
      const lookUp = lookUpBy(() => Promise.resolve({ resolve }), system) as (...all: unknown[]) => void;
      lookUp(hostname, ...options, (...results: unknown[]) => settle(results));
    });

  it('answers in each of the ways that it can be asked', async () => {
    const resolve = () => Promise.resolve(BOTH);
    expect(await outcome(resolve, 'a.test')).to.deep.equal([null, '127.0.0.2', 4]);
    expect(await outcome(resolve, 'a.test', {})).to.deep.equal([null, '127.0.0.2', 4]);
    expect(await outcome(resolve, 'a.test', 6)).to.deep.equal([null, '::2', 6]);
    expect(await outcome(resolve, 'a.test', { family: 'IPv6' })).to.deep.equal([null, '::2', 6]);
    expect(await outcome(resolve, 'a.test', { all: true })).to.deep.equal([null, BOTH]);
    expect(await outcome(resolve, 'a.test', { all: true, family: 4 })).to.deep.equal([null, [BOTH[0]]]);
    expect(asked).to.deep.equal([]);
  });

  it('asks the system for literals and for names that the DNS does not have', async () => {
    const byTheSystem = [null, 'by the system', 4];
    expect(await outcome(() => failing('ENOTFOUND'), 'printer.local', {})).to.deep.equal(byTheSystem);
    expect(await outcome(() => Promise.resolve([BOTH[0]!]), 'v4.test', 6)).to.deep.equal(byTheSystem);
    expect(await outcome(() => failing('never asked'), '127.0.0.1', {})).to.deep.equal(byTheSystem);
    expect(asked).to.deep.equal(['printer.local', 'v4.test', '127.0.0.1']);
  });

  it('asks it for no name that nobody answers for', async () => {
    for (const code of ['EAI_AGAIN', 'overloaded']) {
      const [error] = await outcome(() => failing(code), 'a.test', {});
      expect(error).to.include({ code: 'EAI_AGAIN', hostname: 'a.test' });
    }
    expect(asked).to.deep.equal([]);
  });

  it('waits for a name as long as for any other, and keeps nothing of one that was looked up', async () => {
    const waitedMs: number[] = [];
    const lookUp = lookUpBy(
      () =>
        Promise.resolve({
          resolve: (_hostname, { requester }) => {
            waitedMs.push(requester.waitedMs);
            requester.countWait(1000);
            return Promise.resolve(BOTH);
          },
        }),
      system,
    );
    for (let time = 0; time < 3; time += 1) {
      await new Promise<unknown>((settle) => lookUp('a.test', {}, settle));
    }
    expect(waitedMs).to.deep.equal([0, 0, 0]);
  });

  it('leaves the threads to others, for whatever connects by name', async () => {
    await using dns = await startDnsServer({
      'redis.test': { stalls: 'all' },
      'up.test': { a: ['127.0.0.1'] },
    });
    const script = `
      import { stat } from 'node:fs/promises';
      import net from 'node:net';
      import { lookUpWithoutThreads } from ${JSON.stringify(import.meta.resolve('../../src/process/look-up.ts'))};
      lookUpWithoutThreads([${JSON.stringify(dns.address)}]);
      for (let at = 0; at < 20; at += 1) net.connect(6379, 'redis.test').on('error', () => undefined);
      const startedAt = performance.now();
      await stat('/');
      const server = net.createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      await new Promise((resolve) => net.connect(server.address().port, 'up.test').once('connect', resolve));
      console.log(JSON.stringify(performance.now() - startedAt));
      process.exit();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { UV_THREADPOOL_SIZE: '1' },
    });
    expect(JSON.parse(stdout)).to.be.below(2000);
    expect(dns.asked('redis.test')).to.equal(1);
  });
});
