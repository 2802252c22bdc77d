import { expect } from 'chai';
import fc from 'fast-check';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { MemoryPool, type Reservation } from '../../../src/domain/work/memory-pool.ts';
import { MockClock } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, memoryPool } from '../../support/service.ts';

const grow = async (reservation: Reservation, bytes: number) => reservation.growTo(bytes, caller());

describe('MemoryPool', () => {
  it('reserves what is asked for, and takes it back once', () => {
    const pool = memoryPool(100);
    const body = pool.open(60);
    expect(body.growTo(10, caller())).to.equal(undefined);
    expect(body.growTo(40, caller())).to.equal(undefined);
    expect(pool).to.include({ inside: 1, spent: 40 });
    for (let time = 0; time < 2; time += 1) body[Symbol.dispose]();
    expect(pool).to.include({ inside: 0, spent: 0 });
  });

  it('holds what a body may still need against no other', () => {
    const pool = memoryPool(110);
    for (let body = 0; body < 10; body += 1) expect(pool.open(100).growTo(1, caller())).to.equal(undefined);
    expect(pool.open(80).growTo(80, caller())).to.equal(undefined);
  });

  it('lets none grow where the others could not come to their ends any more', async () => {
    const pool = memoryPool(100);
    const [one, other] = [pool.open(80), pool.open(80)];
    await grow(one, 50);
    await grow(other, 20);
    const waiting = grow(other, 30);
    expect(pool).to.include({ waiting: 1, spent: 70 });
    await grow(one, 80);
    one[Symbol.dispose]();
    await waiting;
    expect(pool).to.include({ waiting: 0, spent: 30 });
  });

  it('lets others grow once a body is complete, however large it might have been', async () => {
    const pool = memoryPool(100);
    const [one, other] = [pool.open(100), pool.open(80)];
    await grow(one, 30);
    const waiting = grow(other, 60);
    expect(pool.waiting).to.equal(1);
    one.complete(20);
    await waiting;
    expect(pool.spent).to.equal(80);
  });

  it('gives up a wait that is too long, or whose caller leaves, and tells of waits', async () => {
    const told: unknown[] = [];
    const pool = new MemoryPool({
      budgetBytes: 100,
      queueTimeoutMs: 20,
      onWait: () => (outcome) => void told.push(outcome),
    });
    await grow(pool.open(100), 100);
    const body = pool.open(50);
    using clock = new MockClock();
    const late = await clock.run(rejection(grow(body, 50)));
    expect(late).to.be.instanceOf(OverloadedError);
    const client = new AbortController();
    const leaving = rejection(body.growTo(50, caller(client.signal))!);
    client.abort(new Error('left'));
    expect(await leaving).to.have.property('message', 'left');
    expect(told).to.deep.equal([{ error: late }, { result: 'cancelled' }]);
    expect(pool).to.include({ waiting: 0, spent: 100 });
  });

  it('never locks: bodies that grow all come to their ends, within the budget', async () => {
    const bodies = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(bodies, fc.infiniteStream(fc.nat(3)), async (steps, turns) => {
        const pool = memoryPool(200, 60_000);
        let worst = 0;
        await Promise.all(
          steps.map(async (growth) => {
            using body = pool.open(growth.reduce((sum, bytes) => sum + bytes, 0));
            let bytes = 0;
            for (const more of growth) {
              bytes += more;
              await grow(body, bytes);
              worst = Math.max(worst, pool.spent);
              for (let turn = turns.next().value as number; turn > 0; turn -= 1) await Promise.resolve();
            }
          }),
        );
        expect(worst).to.be.at.most(200);
        expect(pool).to.include({ inside: 0, waiting: 0, spent: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
