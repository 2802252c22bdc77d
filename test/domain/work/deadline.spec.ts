import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { withDeadline } from '../../../src/domain/work/deadline.ts';

const late = () => new Error('late');

describe('withDeadline', () => {
  let client: AbortController;
  const listeners = () => getEventListeners(client.signal, 'abort').length;
  beforeEach(() => (client = new AbortController()));

  it('aborts at the deadline, and not before', async () => {
    using deadline = withDeadline(client.signal, 20, late);
    await sleep(5);
    expect(deadline.signal.aborted).to.equal(false);
    await sleep(30);
    expect(deadline.signal.reason).to.have.property('message', 'late');
    expect(client.signal.aborted).to.equal(false);
  });

  it("aborts with the caller's reason where that comes first, and keeps it", async () => {
    using deadline = withDeadline(client.signal, 5, late);
    client.abort(new Error('left'));
    await sleep(15);
    expect(deadline.signal.reason).to.have.property('message', 'left');
  });

  it('ends at once after a pause where its time ran out before the pause, and nobody had noticed', async () => {
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.name);
    process.on('warning', warn);
    try {
      using deadline = withDeadline(new AbortController().signal, 5, () => new Error('late'));
      const until = performance.now() + 30;
      while (performance.now() < until);
      await deadline.pause(Promise.resolve());
      await sleep(10);
      expect(deadline.signal.aborted).to.equal(true);
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', warn);
    }
  });

  it('stands still while it is paused, and goes on with what was left', async () => {
    using deadline = withDeadline(client.signal, 40, late);
    await sleep(20);
    expect(await deadline.pause(sleep(60, 'waited'))).to.equal('waited');
    expect(deadline.signal.aborted).to.equal(false);
    await sleep(30);
    expect(deadline.signal.reason).to.have.property('message', 'late');
  });

  it('does not begin again once it is over', async () => {
    const deadline = withDeadline(client.signal, 5, late);
    const pausing = deadline.pause(sleep(10));
    deadline[Symbol.dispose]();
    await pausing;
    await sleep(15);
    expect(deadline.signal.aborted).to.equal(false);
  });

  it('leaves neither timer nor listener behind', async () => {
    const deadline = withDeadline(client.signal, 5, late);
    expect(listeners()).to.equal(1);
    deadline[Symbol.dispose]();
    expect(listeners()).to.equal(0);
    await sleep(15);
    client.abort();
    expect(deadline.signal.aborted).to.equal(false);
  });

  it('begins nothing for a signal that has aborted', () => {
    client.abort(new Error('left'));
    expect(() => withDeadline(client.signal, 5, late)).to.throw('left');
    expect(listeners()).to.equal(0);
  });
});
