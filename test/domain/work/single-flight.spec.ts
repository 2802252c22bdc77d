import { expect } from 'chai';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import type { Caller } from '../../../src/domain/work/requester.ts';
import { SingleFlight } from '../../../src/domain/work/single-flight.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller } from '../../support/service.ts';

describe('SingleFlight', () => {
  it('starts afresh once the work has ended, well or badly', async () => {
    const flights = new SingleFlight<string, number>();
    let started = 0;
    const work = () => Promise.resolve((started += 1));
    expect(await flights.run('key', caller(), work)).to.equal(1);
    expect(await flights.run('key', caller(), work)).to.equal(2);
    await rejection(flights.run('key', caller(), () => Promise.reject(new Error('failed'))));
    expect(await flights.run('key', caller(), work)).to.equal(3);
  });

  it('does not mix up keys', async () => {
    const flights = new SingleFlight<string, string>();
    const results = await Promise.all(
      ['a', 'b'].map((key) => flights.run(key, caller(), () => Promise.resolve(key))),
    );
    expect(results).to.deep.equal(['a', 'b']);
  });

  it('gives a newcomer fresh work after the last waiter has left, even while the old work winds down', async () => {
    const flights = new SingleFlight<string, string>();
    const client = new AbortController();
    const windingDown = Promise.withResolvers<string>();
    const left = rejection(flights.run('key', caller(client.signal), () => windingDown.promise));
    client.abort(new Error('left'));
    await left;
    expect(await flights.run('key', caller(), () => Promise.resolve('fresh'))).to.equal('fresh');
    windingDown.reject(new Error('aborted, and nobody listens'));
  });

  it('begins nothing for one who has left already', async () => {
    const flights = new SingleFlight<string, string>();
    const error = await rejection(
      flights.run('key', caller(AbortSignal.abort(new Error('gone'))), () =>
        Promise.reject(new Error('begun')),
      ),
    );
    expect(error).to.have.property('message', 'gone');
  });

  it('aborts the signal of work whose result is shared once the last has let go of it', async () => {
    const flights = new SingleFlight<string, AbortSignal>();
    const work = ({ signal }: Caller) => Promise.resolve(signal);
    const [one, other] = await Promise.all([
      flights.join('key', caller(), work),
      flights.join('key', caller(), work),
    ]);
    expect(one.value).to.equal(other.value);
    const late = await flights.join('key', caller(), work);
    expect(late.value, 'joined while nobody had let go').to.equal(one.value);
    const more = late.hold();
    for (const share of [one, one, other, late]) share[Symbol.dispose]();
    expect(one.value.aborted).to.equal(false);
    expect(await flights.run('key', caller(), work), 'afresh').to.not.equal(one.value);
    more[Symbol.dispose]();
    expect(one.value.aborted).to.equal(true);
  });

  describe('for work that waits in a queue', () => {
    it('takes the turn of whichever of its clients comes first', async () => {
      const gate = admission({ places: 1 });
      const flights = new SingleFlight<string, string>();
      const order: string[] = [];
      const queue = (name: string, by: Caller) =>
        gate.admit({ cost: 1, ...by }).then((slot) => {
          order.push(name);
          slot[Symbol.dispose]();
          return name;
        });
      const inside = await gate.admit({ cost: 1, ...from('somebody') });
      const flood = [1, 2, 3].map((at) => queue(`flood ${at}`, from('flood')));
      const work = (shared: Caller) => queue('wanted', shared);
      const both = [flights.run('key', from('flood'), work), flights.run('key', from('other'), work)];
      inside[Symbol.dispose]();
      await Promise.all([...flood, ...both]);
      expect(order.indexOf('wanted')).to.equal(1);
    });

    it('takes the turns of those who join the work that it is part of', async () => {
      const gate = admission({ places: 1 });
      const [outer, inner] = [new SingleFlight<string, string>(), new SingleFlight<string, string>()];
      const inside = await gate.admit({ cost: 1, ...from('somebody') });
      const flood = gate.admit({ cost: 1, ...from('flood') });
      const work = (shared: Caller) =>
        inner.run('key', shared, async (nested) => {
          using _slot = await gate.admit({ cost: 1, ...nested });
          return 'done';
        });
      const first = outer.run('key', from('flood'), work);
      await Promise.resolve();
      const joined = outer.run('key', from('other'), work);
      inside[Symbol.dispose]();
      (await flood)[Symbol.dispose]();
      expect(await Promise.all([first, joined])).to.deep.equal(['done', 'done']);
      expect(gate).to.include({ inside: 0, waiting: 0 });
    });

    it('counts its waits to all who wait with it', async () => {
      const flights = new SingleFlight<string, string>();
      const [one, other] = [from('one'), from('other')];
      const work = (shared: Caller) => {
        shared.requester.countWait(70);
        return Promise.resolve('done');
      };
      one.requester.countWait(5);
      await flights.run('key', one, work);
      expect(one.requester.waitedMs).to.equal(75);
      await flights.run('key', other, work);
      expect(other.requester.waitedMs).to.equal(70);
    });

    it('is tried once more by one that came late, where the first could not wait any longer', async () => {
      const flights = new SingleFlight<string, string>();
      const tries = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
      let begun = 0;
      const work = () => tries[begun++]!.promise;
      const first = rejection(flights.run('key', from('one'), work));
      const late = flights.run('key', from('other'), work);
      tries[0]?.reject(new OverloadedError());
      expect(await first).to.be.instanceOf(OverloadedError);
      tries[1]?.resolve('done');
      expect(await late).to.equal('done');
      expect(begun).to.equal(2);
    });
  });
});

const from = (client: string) => caller(undefined, client);
