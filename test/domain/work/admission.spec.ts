import { expect } from 'chai';
import fc from 'fast-check';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { MockClock } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller } from '../../support/service.ts';

describe('Admission', () => {
  let clock: MockClock;
  beforeEach(() => (clock = new MockClock()));
  afterEach(() => clock[Symbol.dispose]());

  it('lets in as many as there are places, and the next when one leaves', async () => {
    const gate = admission({ places: 2 });
    const first = await gate.admit({ cost: 1, ...caller() });
    await gate.admit({ cost: 1, ...caller() });
    const third = gate.admit({ cost: 1, ...caller() });
    expect(gate).to.include({ inside: 2, waiting: 1, spent: 2 });
    first[Symbol.dispose]();
    await third;
    expect(gate).to.include({ inside: 2, waiting: 0 });
  });

  it('lets in what exceeds the budget where nobody else is inside, and nobody beside it', async () => {
    const gate = admission({ places: 3, budget: 10, alone: 15 });
    expect(gate.largest).to.equal(15);
    const small = await gate.admit({ cost: 1, ...caller() });
    const order: string[] = [];
    const large = gate.admit({ cost: 15, ...caller() }).then((place) => {
      order.push('large');
      return place;
    });
    const next = gate.admit({ cost: 0, ...caller() }).then(() => order.push('next'));
    expect(gate).to.include({ inside: 1, waiting: 2 });
    small[Symbol.dispose]();
    const place = await large;
    expect(gate).to.include({ inside: 1, waiting: 1, spent: 15 });
    place[Symbol.dispose]();
    await next;
    expect(order).to.deep.equal(['large', 'next']);
    expect(await rejection(gate.admit({ cost: 16, ...caller() }))).to.be.instanceOf(RangeError);
  });

  it('attack 45: refuses a cost that is no number, which would wait for ever ahead of others', async () => {
    const gate = admission();
    expect(await rejection(gate.admit({ cost: NaN, ...caller() }))).to.be.instanceOf(RangeError);
    using _place = await gate.admit({ cost: 5, ...caller() });
    expect(gate).to.include({ inside: 1, waiting: 0 });
  });

  it('counts a place that is left twice once', async () => {
    const gate = admission();
    const place = await gate.admit({ cost: 5, ...caller() });
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    expect(gate).to.include({ inside: 0, spent: 0 });
  });

  it('does not let light work overtake heavy work that waits', async () => {
    const gate = admission({ budget: 10 });
    const order: string[] = [];
    const first = await gate.admit({ cost: 6, ...caller() });
    const heavy = gate.admit({ cost: 8, ...caller() }).then((place) => {
      order.push('heavy');
      return place;
    });
    const light = gate.admit({ cost: 1, ...caller() }).then((place) => {
      order.push('light');
      return place;
    });
    first[Symbol.dispose]();
    await Promise.all([heavy, light]);
    expect(order).to.deep.equal(['heavy', 'light']);
  });

  it('turns away when the queue is full', async () => {
    const gate = admission({ places: 1, queueLimit: 1 });
    await gate.admit({ cost: 1, ...caller() });
    const controller = new AbortController();
    const waiting = rejection(gate.admit({ cost: 1, ...caller(controller.signal) }));
    const refused = await rejection(gate.admit({ cost: 1, ...caller() }));
    expect(refused).to.be.instanceOf(OverloadedError);
    expect((refused as OverloadedError).retryAfterSeconds).to.be.at.least(1);
    controller.abort(new Error('enough'));
    expect(await waiting).to.have.property('message', 'enough');
  });

  it('turns away when the wait is too long, and the queue moves on without it', async () => {
    const gate = admission({ budget: 10, queueTimeoutMs: 20 });
    const inside = await gate.admit({ cost: 5, ...caller() });
    const late = rejection(gate.admit({ cost: 10, ...caller() }));
    await clock.pass(19);
    expect(gate.waiting).to.equal(1);
    await clock.pass(1);
    expect(await late).to.be.instanceOf(OverloadedError);
    expect(gate.waiting).to.equal(0);
    await gate.admit({ cost: 5, ...caller() });
    inside[Symbol.dispose]();
    expect(gate).to.include({ inside: 1, spent: 5 });
  });

  it('lets those behind a heavy one in when that one gives up', async () => {
    const gate = admission({ budget: 10 });
    await gate.admit({ cost: 5, ...caller() });
    const client = new AbortController();
    const heavy = rejection(gate.admit({ cost: 10, ...caller(client.signal) }));
    const light = gate.admit({ cost: 1, ...caller() });
    client.abort(new Error('left'));
    expect(await heavy).to.have.property('message', 'left');
    await light;
    expect(gate.inside).to.equal(2);
  });

  it('rejects at once for a signal that has aborted, and for what can never fit', async () => {
    const gate = admission({ budget: 10 });
    expect(
      await rejection(gate.admit({ cost: 1, ...caller(AbortSignal.abort(new Error('gone'))) })),
    ).to.have.property('message', 'gone');
    expect(await rejection(gate.admit({ cost: 11, ...caller() }))).to.be.instanceOf(RangeError);
    expect(gate).to.include({ inside: 0, waiting: 0 });
  });

  it('lets clients take turns, whatever each of them has waiting', async () => {
    const gate = admission({ places: 1 });
    const order: string[] = [];
    const ask = async (client: string, name: string) => {
      using _slot = await gate.admit({ cost: 0, ...caller(undefined, client) });
      order.push(name);
    };
    const first = await gate.admit({ cost: 0, ...caller(undefined, 'greedy') });
    const asked = [
      ...['g1', 'g2', 'g3'].map((name) => ask('greedy', name)),
      ...['a1', 'a2'].map((name) => ask('a', name)),
      ask('b', 'b1'),
    ];
    first[Symbol.dispose]();
    await Promise.all(asked);
    expect(order).to.deep.equal(['g1', 'a1', 'b1', 'g2', 'a2', 'g3']);
  });

  it('keeps some slots from a client that has most of them, for the next client', async () => {
    const gate = admission({ places: 8, clientShare: 0.75, queueTimeoutMs: 20 });
    const greedy = () => gate.admit({ cost: 0, ...caller(undefined, 'greedy') });
    const slots = await Promise.all(Array.from({ length: 6 }, greedy));
    expect(await clock.run(rejection(greedy()))).to.be.instanceOf(OverloadedError);
    const waiting = greedy();
    // Behind one that waits for its own slots alone.
    await gate.admit({ cost: 0, ...caller(undefined, 'other') });
    // Of the seven that the other one has not taken, five are the most that one client may have.
    slots[0]![Symbol.dispose]();
    slots[1]![Symbol.dispose]();
    await waiting;
    expect(gate).to.include({ inside: 6, waiting: 0 });
  });

  it('lets every client have one slot, however small its share', async () => {
    const gate = admission({ places: 1, clientShare: 0.1 });
    await gate.admit({ cost: 0, ...caller() });
    expect(gate.inside).to.equal(1);
  });

  it('takes the place in a full queue from the client that has most in it', async () => {
    const gate = admission({ places: 1, queueLimit: 3 });
    const held = await gate.admit({ cost: 0, ...caller() });
    const ask = (client: string) => gate.admit({ cost: 0, ...caller(undefined, client) });
    const greedy = [ask('greedy'), ask('greedy'), ask('greedy')];
    const other = ask('other');
    expect(await rejection(greedy[2]!)).to.be.instanceOf(OverloadedError);
    expect(await rejection(ask('greedy'))).to.be.instanceOf(OverloadedError);
    held[Symbol.dispose]();
    (await greedy[0]!)[Symbol.dispose]();
    await other;
    expect(gate.waiting).to.equal(1);
  });

  it('takes no place from work that another client waits for too, while there is other work', async () => {
    const gate = admission({ places: 1, queueLimit: 2 });
    await gate.admit({ cost: 1, ...caller() });
    const alone = rejection(gate.admit({ cost: 1, ...caller(undefined, 'flood') }));
    const shared = caller(undefined, 'flood');
    void gate.admit({ cost: 1, ...shared });
    shared.requester.join(caller(undefined, 'other').requester);
    void gate.admit({ cost: 1, ...caller(undefined, 'third') });
    expect(await alone).to.be.instanceOf(OverloadedError);
    expect(gate.waiting).to.equal(2);
  });

  it('counts all waits of one request together', async () => {
    const [one, other] = [
      admission({ places: 1, queueTimeoutMs: 400 }),
      admission({ places: 1, queueTimeoutMs: 400 }),
    ];
    const held = await one.admit({ cost: 0, ...caller() });
    await other.admit({ cost: 0, ...caller() });
    const asking = caller();
    const startedAt = performance.now();
    setTimeout(() => held[Symbol.dispose](), 250);
    await clock.run(one.admit({ cost: 0, ...asking }));
    const late = rejection(other.admit({ cost: 0, ...asking }));
    expect(await clock.run(late)).to.be.instanceOf(OverloadedError);
    expect(performance.now() - startedAt).to.be.closeTo(400, 2);
  });

  describe('with overtime', () => {
    const overtime = { slots: 1, budget: 9, afterMs: 30, forAnyAfterMs: 120 };

    it("lets another client in beside work that takes long, and the same client's lighter work later", async () => {
      const gate = admission({ places: 1, overtime, queueTimeoutMs: 2000 });
      const startedAt = performance.now();
      await gate.admit({ cost: 2, ...caller() });
      const same = gate.admit({ cost: 1, ...caller() });
      const other = await clock.run(gate.admit({ cost: 1, ...caller(undefined, 'other') }));
      expect(performance.now() - startedAt).to.be.closeTo(30, 1);
      other[Symbol.dispose]();
      await clock.run(same);
      expect(performance.now() - startedAt).to.be.closeTo(120, 1);
      expect(gate).to.include({ inside: 2, waiting: 0 });
    });

    it('is not for as heavy work of the same client, which would keep the slot from others', async () => {
      const gate = admission({ places: 1, overtime, queueTimeoutMs: 2000 });
      const long = await gate.admit({ cost: 4, ...caller() });
      const next = gate.admit({ cost: 3, ...caller() });
      await clock.pass(150);
      expect(gate).to.include({ inside: 1, waiting: 1 });
      const other = await gate.admit({ cost: 4, ...caller(undefined, 'other') });
      long[Symbol.dispose]();
      other[Symbol.dispose]();
      (await next)[Symbol.dispose]();
    });

    it('has no more slots than that, however long all of them take', async () => {
      const gate = admission({ places: 1, overtime, queueTimeoutMs: 400 });
      await gate.admit({ cost: 1, ...caller() });
      await clock.run(gate.admit({ cost: 1, ...caller(undefined, 'second') }));
      const third = await clock.run(rejection(gate.admit({ cost: 1, ...caller(undefined, 'third') })));
      expect(third).to.be.instanceOf(OverloadedError);
    });

    it('is not for work that is as large, together with what is inside, as its own budget', async () => {
      const gate = admission({ places: 1, overtime, queueTimeoutMs: 300 });
      await gate.admit({ cost: 5, ...caller() });
      const large = await clock.run(rejection(gate.admit({ cost: 5, ...caller(undefined, 'other') })));
      expect(large).to.be.instanceOf(OverloadedError);
      await gate.admit({ cost: 4, ...caller(undefined, 'third') });
      expect(gate.inside).to.equal(2);
    });

    it('takes nothing from the budget, and lets nobody pass whose turn it is for a regular slot', async () => {
      const gate = admission({ places: 1, budget: 10, overtime, queueTimeoutMs: 2000 });
      const order: string[] = [];
      const enter = (name: string, cost: number) =>
        gate.admit({ cost, ...caller(undefined, name) }).then((slot) => {
          order.push(name);
          return slot;
        });
      const first = await enter('first', 6);
      const heavy = enter('heavy', 8);
      const light = enter('light', 2);
      const besideFirst = await clock.run(light);
      const late = enter('late', 2);
      first[Symbol.dispose]();
      await clock.pass(60);
      expect(order, 'heavy fits beside light').to.deep.equal(['first', 'light', 'heavy']);
      besideFirst[Symbol.dispose]();
      (await heavy)[Symbol.dispose]();
      await late;
      expect(order).to.deep.equal(['first', 'light', 'heavy', 'late']);
    });
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
              using _place = await gate.admit({ cost: cost, ...caller() });
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
