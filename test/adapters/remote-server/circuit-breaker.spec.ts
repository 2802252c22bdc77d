import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { CircuitBreaker } from '../../../src/adapters/remote-server/circuit-breaker.ts';
import { elapse, turnOfTheLoop } from '../../support/mock-clock.ts';
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

function openBreaker(isRecoverable = () => false) {
  const connections: FakeConnection[] = [];
  const connect = (onEnd: (reason: Error) => void) => {
    const connection = new FakeConnection(onEnd);
    connections.push(connection);
    return connection;
  };
  const deadlines = { operationMs: 50, connectMs: 50, retryMs: 20 };
  const breaker = new CircuitBreaker({
    program: 'acme',
    address: () => 'host:1',
    connect,
    isRecoverable,
    deadlines,
  });
  return { breaker, connections };
}

const fail = () => Promise.reject(new Error('broken'));

describe('CircuitBreaker', () => {
  it('opens with an error and rejects at once, then connects by itself and closes', async () => {
    const { breaker, connections } = openBreaker();
    const fault = await rejection(breaker.run(fail));
    expect(fault).to.be.instanceOf(CacheUnavailableError).with.property('message', 'acme at host:1: broken');
    expect(breaker.state).to.equal('open');
    expect(await rejection(breaker.run(() => Promise.resolve(1)))).to.be.instanceOf(CacheUnavailableError);
    while (breaker.state !== 'closed') await sleep(5);
    expect(connections).to.have.length(2);
    expect(await breaker.run(() => Promise.resolve(1))).to.equal(1);
    breaker.close();
  });

  it('takes no connection for a good one that has ended as it became ready', async () => {
    const { breaker, connections } = openBreaker();
    connections[0]!.end(new Error('the server closed the connection'));
    await turnOfTheLoop();
    expect(breaker.state).to.equal('open');
    while (breaker.state !== 'closed') await elapse(1);
    expect(await breaker.run(() => Promise.resolve(1))).to.equal(1);
    expect(connections).to.have.length(2);
    breaker.close();
  });

  it('stays closed after an error that is recoverable', async () => {
    const { breaker, connections } = openBreaker(() => true);
    await rejection(breaker.run(fail));
    expect(breaker.state).to.equal('closed');
    expect(connections).to.have.length(1);
    breaker.close();
  });

  it('ends a connection on which an operation is late', async () => {
    const { breaker } = openBreaker();
    const fault = await rejection(breaker.run(({ ended }) => ended.promise));
    expect(fault).to.have.property('message', 'acme at host:1: no answer within 50 ms');
    expect(breaker.state).to.equal('open');
    breaker.close();
  });

  it('refuses more than 1024 operations at once', async () => {
    const { breaker } = openBreaker();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const admitted = Array.from({ length: 1024 }, () => breaker.run(() => promise));
    expect(await rejection(breaker.run(() => promise)))
      .to.have.property('message')
      .that.includes('too many');
    resolve(undefined);
    await Promise.all(admitted);
    breaker.close();
  });
});
