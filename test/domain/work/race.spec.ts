import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { raceSignal } from '../../../src/domain/work/race.ts';
import { rejection } from '../../support/rejection.ts';

const pending = new Promise<never>(() => undefined);

describe('raceSignal', () => {
  let controller: AbortController;
  const listenerCount = () => getEventListeners(controller.signal, 'abort').length;
  beforeEach(() => (controller = new AbortController()));

  it('settles as the promise does, and leaves no listener on the signal', async () => {
    const fault = new Error('failed');
    expect(await raceSignal(Promise.resolve(1), controller.signal)).to.equal(1);
    expect(await rejection(raceSignal(Promise.reject(fault), controller.signal))).to.equal(fault);
    expect(listenerCount()).to.equal(0);
  });

  it("rejects with the signal's reason when that aborts first, and leaves no listener", async () => {
    const reason = new Error('gone');
    const race = rejection(raceSignal(pending, controller.signal));
    expect(listenerCount()).to.equal(1);
    controller.abort(reason);
    expect(await race).to.equal(reason);
    expect(listenerCount()).to.equal(0);
  });

  it('rejects at once when the signal has aborted, even if the promise has settled too', async () => {
    const reason = new Error('gone');
    controller.abort(reason);
    expect(await rejection(raceSignal(pending, controller.signal))).to.equal(reason);
    expect(await rejection(raceSignal(Promise.resolve(1), controller.signal))).to.equal(reason);
  });

  it('handles a rejection that comes too late', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const late = Promise.withResolvers<never>();
      const race = rejection(raceSignal(late.promise, controller.signal));
      controller.abort(new Error('gone'));
      await race;
      late.reject(new Error('too late'));
      await turn();
      await turn();
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });
});
