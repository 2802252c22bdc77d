import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { ServerLink } from '../../../src/adapters/remote-server/server-link.ts';
import { rejection } from '../../support/rejection.ts';

class FakeConnection {
  readonly ready = Promise.resolve();
  readonly ended = Promise.withResolvers<never>();
  readonly #onEnd: (reason: Error) => void;

  constructor(onEnd: (reason: Error) => void) {
    this.#onEnd = onEnd;
    this.ended.promise.catch(() => undefined);
  }

  end(reason: Error): void {
    this.ended.reject(reason);
    this.#onEnd(reason);
  }
}

function openLink(isHarmless = () => false) {
  const connections: FakeConnection[] = [];
  const connect = (onEnd: (reason: Error) => void) => {
    const connection = new FakeConnection(onEnd);
    connections.push(connection);
    return connection;
  };
  const deadlines = { operationMs: 50, connectMs: 50, retryMs: 20 };
  const link = new ServerLink({ program: 'acme', address: () => 'host:1', connect, isHarmless, deadlines });
  return { link, connections };
}

const fail = () => Promise.reject(new Error('broken'));

describe('ServerLink', () => {
  it('rejects at once after a fault, and connects again by itself', async () => {
    const { link, connections } = openLink();
    const fault = await rejection(link.run(fail));
    expect(fault).to.be.instanceOf(CacheUnavailableError).with.property('message', 'acme at host:1: broken');
    expect(link.isUp).to.equal(false);
    expect(await rejection(link.run(() => Promise.resolve(1)))).to.be.instanceOf(CacheUnavailableError);
    while (!link.isUp) await sleep(5);
    expect(connections).to.have.length(2);
    expect(await link.run(() => Promise.resolve(1))).to.equal(1);
    link.close();
  });

  it('keeps its connection after a fault that is harmless', async () => {
    const { link, connections } = openLink(() => true);
    await rejection(link.run(fail));
    expect(link.isUp).to.equal(true);
    expect(connections).to.have.length(1);
    link.close();
  });

  it('ends a connection on which an operation is late', async () => {
    const { link } = openLink();
    const fault = await rejection(link.run(({ ended }) => ended.promise));
    expect(fault).to.have.property('message', 'acme at host:1: no answer within 50 ms');
    expect(link.isUp).to.equal(false);
    link.close();
  });

  it('refuses more than 256 operations at once', async () => {
    const { link } = openLink();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const admitted = Array.from({ length: 256 }, () => link.run(() => promise));
    expect(await rejection(link.run(() => promise)))
      .to.have.property('message')
      .that.includes('too many');
    resolve(undefined);
    await Promise.all(admitted);
    link.close();
  });
});
