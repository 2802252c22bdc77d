import { expect } from 'chai';
import { createAdmission } from '../../src/composition/admissions.ts';
import { OverloadedError } from '../../src/domain/errors/index.ts';
import type { Operation, Outcome } from '../../src/ports/operation-observer.ts';
import { MockClock } from '../support/mock-clock.ts';
import { rejection } from '../support/rejection.ts';
import { caller } from '../support/service.ts';

describe('an admission in sight of the instruments', () => {
  it('tells a wait that was too long from one whose client has left, which is no fault', async () => {
    const told: (Operation & Outcome)[] = [];
    const onOperation = (operation: Operation) => (outcome: Outcome) =>
      void told.push({ ...operation, ...outcome });
    const limits = { places: 1, budget: 0, queueLimit: 8, queueTimeoutMs: 20 };
    const admission = createAdmission('misses', limits, { onOperation });
    using _inside = await admission.admit({ cost: 0, ...caller() });
    using clock = new MockClock();
    const error = await clock.run(rejection(admission.admit({ cost: 0, ...caller() })));
    expect(error).to.be.instanceOf(OverloadedError);
    const client = new AbortController();
    const leaving = rejection(admission.admit({ cost: 0, ...caller(client.signal) }));
    client.abort(new Error('left'));
    expect(await leaving).to.have.property('message', 'left');
    const wait = { name: 'wait', bound: 'misses' };
    expect(told).to.deep.equal([wait, { ...wait, error }, { ...wait, result: 'cancelled' }]);
  });
});
