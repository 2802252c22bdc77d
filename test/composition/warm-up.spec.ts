import { expect } from 'chai';
import { WarmUp } from '../../src/composition/warm-up.ts';
import { rejection } from '../support/rejection.ts';

describe('What is loaded once the service listens', () => {
  it('is loaded in order, while nothing is answered', async () => {
    const events: string[] = [];
    const warmUp = new WarmUp({ loadsBeside: false });
    for (const name of ['first', 'second']) {
      warmUp.add(() => Promise.resolve(events.push(name)));
    }
    let looks = 0;
    await warmUp.run(() => {
      events.push('look');
      looks += 1;
      return looks < 3;
    });
    expect(events).to.deep.equal(['look', 'look', 'look', 'first', 'look', 'second']);
  });

  it('is loaded all the same where something is always answered', async () => {
    const warmUp = new WarmUp({ loadsBeside: false });
    let loaded = false;
    warmUp.add(() => Promise.resolve((loaded = true)));
    await warmUp.run(() => true);
    expect(loaded).to.equal(true);
  });

  it('begins beside the start, where that is of use', async () => {
    const starts = async (loadsBeside: boolean) => {
      const warmUp = new WarmUp({ loadsBeside });
      let begun = 0;
      warmUp.addBeside(() => Promise.reject(new Error(`not for the ${(begun += 1)}. time`)));
      const beside = begun;
      await rejection(warmUp.run(() => false));
      return { beside, later: begun - beside };
    };
    expect(await starts(true)).to.deep.equal({ beside: 1, later: 1 });
    expect(await starts(false)).to.deep.equal({ beside: 0, later: 1 });
  });

  it('tells of the first that cannot be loaded', async () => {
    const warmUp = new WarmUp({ loadsBeside: false });
    const fault = new Error('no such library');
    warmUp.add(() => Promise.reject(fault));
    expect(await rejection(warmUp.run(() => false))).to.equal(fault);
  });
});
