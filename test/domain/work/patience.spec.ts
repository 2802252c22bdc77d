import { expect } from 'chai';
import { Patience } from '../../../src/domain/work/patience.ts';
import { MockClock } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';

const { signal } = new AbortController();
const fail = () => Promise.reject(new Error('out'));
const succeed = () => Promise.resolve('done');

describe('Patience', () => {
  let clock: MockClock;
  beforeEach(() => (clock = new MockClock()));
  afterEach(() => clock[Symbol.dispose]());

  /** How often work was tried that always fails. */
  async function attempts(patience: Patience): Promise<number> {
    let count = 0;
    const attempt = () => {
      count += 1;
      return fail();
    };
    expect(await clock.run(rejection(patience.run(attempt, signal)))).to.have.property('message', 'out');
    return count;
  }

  it('tries again what fails for a moment', async () => {
    let left = 2;
    const patience = new Patience({ everyMs: 1 });
    const attempt = () => (left-- > 0 ? fail() : succeed());
    expect(await clock.run(patience.run(attempt, signal))).to.equal('done');
  });

  it('tries once in an outage, which no single success ends while other work fails', async () => {
    const patience = new Patience({ forMs: 20, everyMs: 5 });
    expect(await attempts(patience)).to.equal(5);
    for (let times = 0; times < 3; times += 1) {
      expect(await patience.run(succeed, signal)).to.equal('done');
      expect(await attempts(patience)).to.equal(1);
    }
  });

  it('is patient again once nothing has failed for a while', async () => {
    const patience = new Patience({ forMs: 20, everyMs: 5, calmMs: 10 });
    await attempts(patience);
    await clock.pass(9);
    await patience.run(succeed, signal);
    expect(await attempts(patience)).to.equal(1);
    await clock.pass(10);
    await patience.run(succeed, signal);
    expect(await attempts(patience)).to.equal(5);
  });

  it('ends with those who wait for it', async () => {
    const client = new AbortController();
    const running = rejection(new Patience().run(fail, client.signal));
    await clock.pass(150);
    client.abort(new Error('left'));
    expect(await running).to.have.property('message', 'left');
  });
});
