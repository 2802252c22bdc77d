import { expect } from 'chai';
import { lazy } from '../../../src/domain/work/lazy.ts';
import { rejection } from '../../support/rejection.ts';

describe('lazy', () => {
  it('loads once, and not before the first call', async () => {
    let loads = 0;
    const loaded = lazy(() => Promise.resolve((loads += 1)));
    expect(loads).to.equal(0);
    expect(await Promise.all([loaded(), loaded()])).to.deep.equal([1, 1]);
    expect(await loaded()).to.equal(1);
  });

  it('tells all who wait of a failure, and tries again with the next call', async () => {
    let loads = 0;
    const fault = new Error('no such package');
    const loaded = lazy(() => {
      loads += 1;
      return loads === 1 ? Promise.reject(fault) : Promise.resolve('here');
    });
    expect(await Promise.all([rejection(loaded()), rejection(loaded())])).to.deep.equal([fault, fault]);
    expect(await loaded()).to.equal('here');
    expect(await loaded()).to.equal('here');
    expect(loads).to.equal(2);
  });
});
