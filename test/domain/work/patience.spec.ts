import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Patience } from '../../../src/domain/work/patience.ts';
import { rejection } from '../../support/rejection.ts';

const { signal } = new AbortController();
const fail = () => Promise.reject(new Error('out'));
const succeed = () => Promise.resolve('done');

describe('Patience', () => {
  /** How often work was tried that always fails. */
  async function attempts(patience: Patience): Promise<number> {
    let count = 0;
    const attempt = () => {
      count += 1;
      return fail();
    };
    expect(await rejection(patience.run(attempt, signal))).to.have.property('message', 'out');
    return count;
  }

  it('tries again what fails for a moment', async () => {
    let left = 2;
    const patience = new Patience({ everyMs: 1 });
    const attempt = () => (left-- > 0 ? fail() : succeed());
    expect(await patience.run(attempt, signal)).to.equal('done');
  });

  it('tries once in an outage, which no single success ends while other work fails', async () => {
    const patience = new Patience({ forMs: 20, everyMs: 1 });
    expect(await attempts(patience)).to.be.greaterThan(1);
    for (let times = 0; times < 3; times += 1) {
      expect(await patience.run(succeed, signal)).to.equal('done');
      expect(await attempts(patience)).to.equal(1);
    }
  });

  it('is patient again once nothing has failed for a while', async () => {
    const patience = new Patience({ forMs: 20, everyMs: 1, calmMs: 10 });
    await attempts(patience);
    await sleep(15);
    await patience.run(succeed, signal);
    expect(await attempts(patience)).to.be.greaterThan(1);
  });
});
