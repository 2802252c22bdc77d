import { expect } from 'chai';
import { inBackground } from '../../../src/adapters/secrets-ssm/schedule.ts';

describe('secrets-ssm: its timer', () => {
  const timersThatHoldTheProcess = () =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

  it('does not keep the process alive', () => {
    const before = timersThatHoldTheProcess();
    using timer = inBackground(() => Promise.resolve(), 60_000);
    expect(timer).to.be.an('object');
    expect(timersThatHoldTheProcess()).to.equal(before);
  });

  it('runs its task once', async () => {
    await new Promise<void>((resolve) => {
      inBackground(() => {
        resolve();
        return Promise.resolve();
      }, 1);
    });
  });

  it('runs nothing once it is disposed of', async () => {
    let runs = 0;
    const timer = inBackground(() => {
      runs += 1;
      return Promise.resolve();
    }, 1);
    timer[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(runs).to.equal(0);
  });
});
