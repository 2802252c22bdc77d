import { expect } from 'chai';
import { SingleFlight } from '../../../src/domain/work/single-flight.ts';
import { rejection } from '../../support/rejection.ts';
import { never } from '../../support/service.ts';

describe('SingleFlight', () => {
  it('starts afresh once the work has ended, well or badly', async () => {
    const flights = new SingleFlight<string, number>();
    let started = 0;
    const work = () => Promise.resolve((started += 1));
    expect(await flights.run('key', never, work)).to.equal(1);
    expect(await flights.run('key', never, work)).to.equal(2);
    await rejection(flights.run('key', never, () => Promise.reject(new Error('failed'))));
    expect(await flights.run('key', never, work)).to.equal(3);
  });

  it('does not mix up keys', async () => {
    const flights = new SingleFlight<string, string>();
    const results = await Promise.all(
      ['a', 'b'].map((key) => flights.run(key, never, () => Promise.resolve(key))),
    );
    expect(results).to.deep.equal(['a', 'b']);
  });

  it('gives a newcomer fresh work after the last waiter has left, even while the old work winds down', async () => {
    const flights = new SingleFlight<string, string>();
    const client = new AbortController();
    const windingDown = Promise.withResolvers<string>();
    const left = rejection(flights.run('key', client.signal, () => windingDown.promise));
    client.abort(new Error('left'));
    await left;
    expect(await flights.run('key', never, () => Promise.resolve('fresh'))).to.equal('fresh');
    windingDown.reject(new Error('aborted, and nobody listens'));
  });

  it('begins nothing for one who has left already', async () => {
    const flights = new SingleFlight<string, string>();
    const error = await rejection(
      flights.run('key', AbortSignal.abort(new Error('gone')), () => Promise.reject(new Error('begun'))),
    );
    expect(error).to.have.property('message', 'gone');
  });

  it('aborts the signal of work whose result is shared once the last has let go of it', async () => {
    const flights = new SingleFlight<string, AbortSignal>();
    const work = (signal: AbortSignal) => Promise.resolve(signal);
    const [one, other] = await Promise.all([
      flights.join('key', never, work),
      flights.join('key', never, work),
    ]);
    expect(one.value).to.equal(other.value);
    const late = await flights.join('key', never, work);
    expect(late.value, 'joined while nobody had let go').to.equal(one.value);
    const more = late.hold();
    for (const share of [one, one, other, late]) share[Symbol.dispose]();
    expect(one.value.aborted).to.equal(false);
    expect(await flights.run('key', never, work), 'afresh').to.not.equal(one.value);
    more[Symbol.dispose]();
    expect(one.value.aborted).to.equal(true);
  });
});
