import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { InFlightResponses } from '../../../src/http/server/in-flight-responses.ts';

/** As much of a response as is looked at. */
class Response extends EventEmitter {
  readonly headers: Record<string, string> = {};
  headersSent = false;

  setHeader(name: string, value: string) {
    this.headers[name] = value;
  }

  end() {
    this.emit('close');
  }
}

describe('InFlightResponses', () => {
  let inFlight: InFlightResponses;
  let closed: number;
  const closeConnections = () => (closed += 1);

  beforeEach(() => {
    inFlight = new InFlightResponses();
    closed = 0;
  });

  const begin = (onEnd?: () => void) => {
    const response = new Response();
    inFlight.add(response as unknown as ServerResponse, onEnd);
    return response;
  };

  it('closes the connection after those in flight, of many that have ended, and after those that begin later', () => {
    const open: Response[] = [];
    for (let count = 0; count < 100; count++) {
      if (count % 10 === 0) open.push(begin());
      begin().end();
    }
    expect(inFlight.count).to.equal(10);
    inFlight.drain(closeConnections);
    for (const response of [...open, begin()]) {
      expect(response.headers).to.deep.equal({ Connection: 'close' });
    }
  });

  it('forgets those that have ended, in whatever order', () => {
    const [a, b, c, d] = [begin(), begin(), begin(), begin()];
    for (const response of [b, d, a]) response.end();
    expect(inFlight.count).to.equal(1);
    inFlight.drain(closeConnections);
    expect([a, b, c, d].map(({ headers }) => headers['Connection'])).to.deep.equal([
      undefined,
      undefined,
      'close',
      undefined,
    ]);
    c.end();
    expect(inFlight.count).to.equal(0);
  });

  it('has one listener for each, which tells all who asked of the end, once', () => {
    let ended = 0;
    const response = begin(() => (ended += 1));
    expect(response.listenerCount('close')).to.equal(1);
    response.end();
    expect(ended).to.equal(1);
  });

  it('has connections closed after each response while draining, and not before', () => {
    begin().end();
    const begun = begin();
    begun.headersSent = true;
    inFlight.drain(closeConnections);
    expect(closed).to.equal(0);
    begun.end();
    begin().end();
    expect(closed).to.equal(2);
    expect(begun.headers, 'what has begun to be sent').to.deep.equal({});
  });
});
