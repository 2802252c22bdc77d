import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { withDeadline } from '../../../src/domain/work/deadline.ts';
import { MockClock, elapse } from '../../support/mock-clock.ts';

const late = () => new Error('late');

describe('withDeadline', () => {
  let clock: MockClock;
  let client: AbortController;
  const listeners = () => getEventListeners(client.signal, 'abort').length;
  beforeEach(() => {
    clock = new MockClock();
    client = new AbortController();
  });
  afterEach(() => clock[Symbol.dispose]());

  it('aborts at the deadline, and not before', async () => {
    using deadline = withDeadline(client.signal, 20, late);
    await clock.pass(19);
    expect(deadline.signal.aborted).to.equal(false);
    await clock.pass(1);
    expect(deadline.signal.reason).to.have.property('message', 'late');
    expect(client.signal.aborted).to.equal(false);
  });

  it("aborts with the caller's reason where that comes first, and keeps it", async () => {
    using deadline = withDeadline(client.signal, 5, late);
    client.abort(new Error('left'));
    await clock.pass(15);
    expect(deadline.signal.reason).to.have.property('message', 'left');
  });

  it('ends at once after a pause where its time ran out before the pause, and nobody had noticed', async () => {
    clock[Symbol.dispose]();
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.name);
    process.on('warning', warn);
    try {
      using deadline = withDeadline(new AbortController().signal, 5, late);
      const until = performance.now() + 30;
      while (performance.now() < until);
      await deadline.pause(Promise.resolve());
      while (!deadline.signal.aborted) await elapse(1);
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', warn);
    }
  });

  it('stands still while it is paused, and goes on with what was left', async () => {
    using deadline = withDeadline(client.signal, 40, late);
    await clock.pass(20);
    const pausing = deadline.pause(elapse(60).then(() => 'waited'));
    expect(await clock.run(pausing)).to.equal('waited');
    await clock.pass(18);
    expect(deadline.signal.aborted).to.equal(false);
    await clock.pass(2);
    expect(deadline.signal.reason).to.have.property('message', 'late');
  });

  it('does not begin again once it is over', async () => {
    const deadline = withDeadline(client.signal, 5, late);
    const pausing = deadline.pause(elapse(10));
    deadline[Symbol.dispose]();
    await clock.run(pausing);
    await clock.pass(15);
    expect(deadline.signal.aborted).to.equal(false);
  });

  it('leaves neither timer nor listener behind', async () => {
    const deadline = withDeadline(client.signal, 5, late);
    expect(listeners()).to.equal(1);
    deadline[Symbol.dispose]();
    expect(listeners()).to.equal(0);
    await clock.pass(15);
    client.abort();
    expect(deadline.signal.aborted).to.equal(false);
  });

  it('begins nothing for a signal that has aborted', () => {
    client.abort(new Error('left'));
    expect(() => withDeadline(client.signal, 5, late)).to.throw('left');
    expect(listeners()).to.equal(0);
  });
});
