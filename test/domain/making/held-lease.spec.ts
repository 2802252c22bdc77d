import { expect } from 'chai';
import { holding } from '../../../src/domain/making/held-lease.ts';
import { MockClock, elapse } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';

describe('a lease that is held', () => {
  let clock: MockClock;
  let told: string[];
  beforeEach(() => {
    clock = new MockClock();
    told = [];
  });
  afterEach(() => clock[Symbol.dispose]());

  const lease = (renewal: () => Promise<boolean>) => ({
    release: () => Promise.resolve(void told.push('released')),
    renew: async () => {
      told.push('renewing');
      const isOurs = await renewal();
      told.push('renewed');
      return isOurs;
    },
  });
  const slowly = () => elapse(100).then(() => true);

  it('is released once its renewal has ended, which would give it another time to live', async () => {
    const work = () => elapse(450).then(() => 'made');
    expect(await clock.run(holding(lease(slowly), 10_000, work))).to.equal('made');
    expect(told).to.deep.equal(['renewing', 'renewed', 'released']);
  });

  it('is released where the work and the renewal fail, with the error of the work', async () => {
    const failing = () => elapse(100).then(() => Promise.reject(new Error('no cache')));
    const work = () => elapse(450).then(() => Promise.reject(new Error('no image')));
    const error = await clock.run(rejection(holding(lease(failing), 10_000, work)));
    expect(error).to.have.property('message', 'no image');
    expect(told).to.deep.equal(['renewing', 'released']);
  });

  it('is renewed once at a time', async () => {
    const verySlowly = () => elapse(1000).then(() => true);
    await clock.run(holding(lease(verySlowly), 10_000, () => elapse(1650)));
    expect(told).to.deep.equal(['renewing', 'renewed', 'renewing', 'renewed', 'released']);
  });
});
