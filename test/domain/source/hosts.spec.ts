import { expect } from 'chai';
import { OverloadedError, SourceSuspendedError } from '../../../src/domain/errors/index.ts';
import type { Hosts } from '../../../src/domain/source/hosts.ts';
import type { VisitOutcome } from '../../../src/domain/source/host-health.ts';
import { MockClock } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, hostsOf } from '../../support/service.ts';

describe('Hosts', () => {
  let clock: MockClock;
  let nowMs: number;
  let told: string[];
  let hosts: Hosts;

  beforeEach(() => {
    clock = new MockClock();
    nowMs = 0;
    told = [];
    hosts = hostsOf(
      { places: 2, queueLimit: 3, queueTimeoutMs: 30 },
      {
        now: () => nowMs,
        onSuspended: (host, pauseMs) => void told.push(`${host} ${pauseMs}`),
        onRecovered: (host) => void told.push(`${host} recovered`),
      },
    );
  });

  afterEach(() => clock[Symbol.dispose]());

  const visit = (host: string) => hosts.visit(host, caller());
  async function visits(host: string, ...outcomes: readonly VisitOutcome[]): Promise<void> {
    for (const outcome of outcomes) (await visit(host)).end(outcome);
  }
  const pauseOf = async (host: string) => {
    const error = await rejection(visit(host));
    expect(error).to.be.instanceOf(SourceSuspendedError);
    return (error as SourceSuspendedError).retryAfterSeconds;
  };

  it('give each host slots and a queue of its own', async () => {
    const [first] = await Promise.all([visit('slow'), visit('slow')]);
    const waiting = visit('slow');
    expect(hosts).to.include({ inside: 2, waiting: 1 });
    expect([hosts.hasRoom('slow'), hosts.hasRoom('fast')]).to.deep.equal([false, true]);
    await visits('fast', 'in-time', 'in-time', 'in-time');
    first.end('in-time');
    (await waiting).end('in-time');
    expect(hosts).to.include({ inside: 1, waiting: 0 });
  });

  it('shed what waits too long for one', async () => {
    await Promise.all([visit('slow'), visit('slow')]);
    const late = rejection(visit('slow'));
    await clock.pass(29);
    expect(hosts.waiting).to.equal(1);
    await clock.pass(1);
    expect(await late).to.be.instanceOf(OverloadedError);
  });

  it('count a visit that ends twice once', async () => {
    const one = await visit('a');
    one.end('in-time');
    one[Symbol.dispose]();
    expect(hosts.inside).to.equal(0);
  });

  it('suspend a host that is late three times in a row, and no other', async () => {
    await visits('slow', 'late', 'late', 'in-time', 'late', 'unknown', 'late');
    expect(told).to.deep.equal([]);
    await visits('slow', 'late');
    expect(await pauseOf('slow')).to.equal(5);
    expect(() => hosts.check('slow')).to.throw(SourceSuspendedError);
    await visits('fast', 'in-time');
    expect(told).to.deep.equal(['slow 5000']);
    expect(hosts.suspended).to.equal(1);
  });

  it('refuse what waits for a host when that is suspended', async () => {
    await visits('slow', 'late', 'late');
    const [one] = await Promise.all([visit('slow'), visit('slow')]);
    const waiting = rejection(visit('slow'));
    one.end('late');
    expect(await waiting).to.be.instanceOf(SourceSuspendedError);
    expect(hosts).to.include({ inside: 1, waiting: 0 });
  });

  it('let one visit find out whether a suspended host answers again', async () => {
    await visits('slow', 'late', 'late', 'late');
    nowMs = 5000;
    const probe = await visit('slow');
    expect(await pauseOf('slow')).to.equal(5);
    probe.end('in-time');
    await visits('slow', 'late', 'late', 'in-time');
    expect(told).to.deep.equal(['slow 5000', 'slow recovered']);
    expect(hosts.suspended).to.equal(0);
  });

  it('ask it ever less while it does not, up to a minute', async () => {
    await visits('slow', 'late', 'late', 'late');
    const pauses: number[] = [];
    for (let probe = 0; probe < 5; probe += 1) {
      nowMs += 60_000;
      await visits('slow', 'late');
      pauses.push(await pauseOf('slow'));
    }
    expect(pauses).to.deep.equal([10, 20, 40, 60, 60]);
  });

  it('let another find out where the one that did has left', async () => {
    await visits('slow', 'late', 'late', 'late');
    nowMs = 5000;
    await visits('slow', 'unknown', 'unknown', 'in-time');
    expect(hosts.suspended).to.equal(0);
  });

  it('take the end of what began before the suspension for no news', async () => {
    const [early] = await Promise.all([visit('slow')]);
    await visits('slow', 'late', 'late', 'late');
    nowMs = 4000;
    early.end('late');
    expect(await pauseOf('slow')).to.equal(1);
  });

  it('remember a thousand slow hosts at most, the ones that were asked last', async () => {
    for (let host = 0; host < 1001; host += 1) await visits(String(host), 'late', 'late', 'late');
    expect(hosts.suspended).to.equal(1000);
    await visits('0', 'in-time');
    expect(await pauseOf('1000')).to.equal(5);
  });
});
