import { expect } from 'chai';
import fc from 'fast-check';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, never } from '../../support/service.ts';

describe('Admission', () => {
  it('lets in as many as there are places, and the next when one leaves', async () => {
    const gate = admission({ places: 2 });
    const first = await gate.admit(1, never);
    await gate.admit(1, never);
    const third = gate.admit(1, never);
    expect(gate).to.include({ inside: 2, waiting: 1, spent: 2 });
    first[Symbol.dispose]();
    await third;
    expect(gate).to.include({ inside: 2, waiting: 0 });
  });

  it('counts a place that is left twice once', async () => {
    const gate = admission();
    const place = await gate.admit(5, never);
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    expect(gate).to.include({ inside: 0, spent: 0 });
  });

  it('does not let light work overtake heavy work that waits', async () => {
    const gate = admission({ budget: 10 });
    const order: string[] = [];
    const first = await gate.admit(6, never);
    const heavy = gate.admit(8, never).then((place) => {
      order.push('heavy');
      return place;
    });
    const light = gate.admit(1, never).then((place) => {
      order.push('light');
      return place;
    });
    first[Symbol.dispose]();
    await Promise.all([heavy, light]);
    expect(order).to.deep.equal(['heavy', 'light']);
  });

  it('turns away when the queue is full', async () => {
    const gate = admission({ places: 1, queueLimit: 1 });
    await gate.admit(1, never);
    const controller = new AbortController();
    const waiting = rejection(gate.admit(1, controller.signal));
    const refused = await rejection(gate.admit(1, never));
    expect(refused).to.be.instanceOf(OverloadedError);
    expect((refused as OverloadedError).retryAfterSeconds).to.be.at.least(1);
    controller.abort(new Error('enough'));
    expect(await waiting).to.have.property('message', 'enough');
  });

  it('turns away when the wait is too long, and the queue moves on without it', async () => {
    const gate = admission({ budget: 10, queueTimeoutMs: 20 });
    const inside = await gate.admit(5, never);
    expect(await rejection(gate.admit(10, never))).to.be.instanceOf(OverloadedError);
    expect(gate.waiting).to.equal(0);
    await gate.admit(5, never);
    inside[Symbol.dispose]();
    expect(gate).to.include({ inside: 1, spent: 5 });
  });

  it('lets those behind a heavy one in when that one gives up', async () => {
    const gate = admission({ budget: 10 });
    await gate.admit(5, never);
    const client = new AbortController();
    const heavy = rejection(gate.admit(10, client.signal));
    const light = gate.admit(1, never);
    client.abort(new Error('left'));
    expect(await heavy).to.have.property('message', 'left');
    await light;
    expect(gate.inside).to.equal(2);
  });

  it('rejects at once for a signal that has aborted, and for what can never fit', async () => {
    const gate = admission({ budget: 10 });
    expect(await rejection(gate.admit(1, AbortSignal.abort(new Error('gone'))))).to.have.property(
      'message',
      'gone',
    );
    expect(await rejection(gate.admit(11, never))).to.be.instanceOf(RangeError);
    expect(gate).to.include({ inside: 0, waiting: 0 });
  });

  it('never holds more than its limits, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }), fc.nat(3)), { maxLength: 40 }),
        async (jobs) => {
          const gate = admission({ places: 3, budget: 10, queueLimit: 40 });
          let worst = { inside: 0, spent: 0 };
          await Promise.all(
            jobs.map(async ([cost, turns]) => {
              using _place = await gate.admit(cost, never);
              worst = {
                inside: Math.max(worst.inside, gate.inside),
                spent: Math.max(worst.spent, gate.spent),
              };
              for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
            }),
          );
          expect(worst.inside).to.be.at.most(3);
          expect(worst.spent).to.be.at.most(10);
          expect(gate).to.include({ inside: 0, waiting: 0, spent: 0 });
        },
      ),
      { numRuns: 100 },
    );
  });
});
