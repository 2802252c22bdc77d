import { expect } from 'chai';
import { UnderWay } from '../../../src/adapters/remote-server/under-way.ts';

describe('UnderWay', () => {
  it('has what was added and not removed since', () => {
    const underWay = new UnderWay<{ readonly name: string }>();
    const things = ['a', 'b', 'c'].map((name) => ({ name }));
    const places = things.map((thing) => underWay.add(thing));
    underWay.remove(things[1]!, places[1]!);
    expect([...underWay]).to.have.members([things[0], things[2]]);
  });

  it('uses places again, and leaves them to their next owner', () => {
    const underWay = new UnderWay<{ readonly name: string }>();
    const [before, after] = [{ name: 'before' }, { name: 'after' }];
    const place = underWay.add(before);
    underWay.remove(before, place);
    underWay.remove(before, place);
    expect(underWay.add(after)).to.equal(place);
    underWay.remove(before, place);
    expect([...underWay]).to.deep.equal([after]);
    expect(underWay.add(before)).to.not.equal(place);
    expect([...underWay]).to.have.members([before, after]);
  });

  it('can be looked through while things come and go', () => {
    const underWay = new UnderWay<{ readonly name: string }>();
    const things = ['a', 'b', 'c'].map((name) => ({ name }));
    const places = things.map((thing) => underWay.add(thing));
    const seen: string[] = [];
    for (const { name } of underWay) {
      seen.push(name);
      things.forEach((thing, index) => underWay.remove(thing, places[index]!));
    }
    expect(seen).to.deep.equal(['a']);
    expect([...underWay]).to.deep.equal([]);
  });
});
