import { expect } from 'chai';
import { RecentlyUsed } from '../../src/http/recently-used.ts';

describe('RecentlyUsed', () => {
  it('knows what was asked for last, and forgets what was not asked for in a long while', () => {
    const used = new RecentlyUsed<number>({ maxWeight: 1000 });
    used.add('often', -1);
    used.add('once', -2);
    for (let index = 0; index < 5000; index += 1) {
      used.add(`${index}`, index);
      expect(used.get('often')).to.equal(-1);
    }
    expect(used.get('once')).to.equal(undefined);
    const known = Array.from({ length: 5000 }, (_, index) => used.get(`${index}`));
    expect(known.filter((value) => value !== undefined)).to.have.length.within(1000, 2000);
  });

  it('does not take what has a long key, where that is limited', () => {
    const used = new RecentlyUsed<number>({ maxWeight: 10, maxKeyLength: 1000 });
    used.add('x'.repeat(1001), 1);
    used.add('x'.repeat(1000), 2);
    expect(used.get('x'.repeat(1001))).to.equal(undefined);
    expect(used.get('x'.repeat(1000))).to.equal(2);
  });

  it('holds no more than two halves by weight, and nothing that is larger than one', () => {
    const used = new RecentlyUsed<string>({ maxWeight: 100, weightOf: (value) => value.length });
    const values = Array.from({ length: 50 }, (_, index) => String(index).padEnd(30));
    for (const value of values) used.add(value, value);
    const known = values.filter((value) => used.get(value) !== undefined);
    expect(known).to.have.length.within(3, 6);
    expect(known.at(-1)).to.equal(values.at(-1));
    used.add('large', 'x'.repeat(101));
    expect(used.get('large')).to.equal(undefined);
    expect(used.get(values.at(-1)!)).to.equal(values.at(-1));
  });
});
