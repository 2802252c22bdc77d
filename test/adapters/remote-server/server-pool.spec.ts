import { expect } from 'chai';
import {
  CircuitBreaker,
  type ServerConnection,
} from '../../../src/adapters/remote-server/circuit-breaker.ts';
import { serverAt } from '../../../src/domain/cache/servers/server-address.ts';
import { ServerPool } from '../../../src/adapters/remote-server/server-pool.ts';

/** A connection that is ready in the next turn, and until it is ended. */
function connected(onEnd: (reason: Error) => void): ServerConnection {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  promise.catch(() => undefined);
  setImmediate(() => resolve(undefined));
  const end = (reason: Error) => {
    reject(reason);
    onEnd(reason);
  };
  return { ready: promise.then(() => undefined), end };
}

describe('ServerPool', () => {
  const opened: string[] = [];
  beforeEach(() => opened.splice(0));

  /** Each connects, and stays connected until it is ended. */
  const startPool = () =>
    new ServerPool<ServerConnection>(({ host, text }) => {
      opened.push(host);
      return new CircuitBreaker<ServerConnection>({
        program: 'test',
        address: () => text,
        connect: connected,
        deadlines: { operationMs: 100, connectMs: 100, retryMs: 100 },
      });
    });

  it('leaves those that stay as they are', () => {
    const pool = startPool();
    pool.use([serverAt('a', 1), serverAt('b', 1)]);
    const [a, b] = pool.all();
    pool.use([serverAt('b', 1), serverAt('c', 1)]);
    expect(pool.all()[0]).to.equal(b).and.not.equal(a);
    expect(pool.at(serverAt('b', 1))).to.equal(b);
    expect(opened).to.deep.equal(['a', 'b', 'c']);
    pool.close();
  });

  it('has another one for a name that has moved to another host', () => {
    const pool = startPool();
    const named = { ...serverAt('node.test', 1), host: '10.0.0.1' };
    pool.use([named]);
    pool.use([{ ...named, host: '10.0.0.2' }]);
    expect(opened).to.deep.equal(['10.0.0.1', '10.0.0.2']);
    expect(pool.all()).to.have.length(1);
    pool.close();
  });

  it('adds what is asked for, and closes that too', async () => {
    const pool = startPool();
    const added = pool.at(serverAt('a', 1));
    expect(pool.all()).to.deep.equal([added]);
    pool.close();
    const late = pool.at(serverAt('b', 1));
    for (const server of [added, late]) {
      expect(await server.run(() => Promise.resolve('answered')).catch(() => 'closed')).to.equal('closed');
    }
  });
});
