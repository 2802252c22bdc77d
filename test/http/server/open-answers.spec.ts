import { EventEmitter } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { OpenAnswers } from '../../../src/http/server/open-answers.ts';

/** As much of an answer as is looked at. */
class Answer extends EventEmitter {
  readonly headers: Record<string, string> = {};
  headersSent = false;
  lookedAt = 0;
  #closed = false;

  get closed() {
    this.lookedAt += 1;
    return this.#closed;
  }

  setHeader(name: string, value: string) {
    this.headers[name] = value;
  }

  end() {
    this.#closed = true;
    this.emit('close');
  }
}

describe('OpenAnswers', () => {
  let server: { listening: boolean; closedIdle: number; closeIdleConnections: () => void };
  let open: OpenAnswers;

  beforeEach(() => {
    server = { listening: true, closedIdle: 0, closeIdleConnections: () => (server.closedIdle += 1) };
    open = new OpenAnswers(server as unknown as Server);
  });

  const begin = () => {
    const answer = new Answer();
    open.begin(answer as unknown as ServerResponse);
    return answer;
  };

  it('has the connection closed behind those under way, of many that are over, and behind all that come', () => {
    const underWay: Answer[] = [];
    for (let count = 0; count < 1000; count++) {
      if (count % 100 === 0) underWay.push(begin());
      begin().end();
    }
    open.closeConnections();
    const later = begin();
    for (const answer of [...underWay, later]) expect(answer.headers).to.deep.equal({ Connection: 'close' });
    expect(underWay).to.have.length(10);
  });

  it('forgets those that are over', () => {
    const answers = Array.from({ length: 1000 }, begin);
    for (const answer of answers) answer.end();
    const others = Array.from({ length: 1000 }, begin);
    for (const answer of others) answer.end();
    for (const answer of [...answers, ...others]) answer.lookedAt = 0;
    open.closeConnections();
    expect(
      answers.reduce((sum, { lookedAt }) => sum + lookedAt, 0),
      'of the first thousand',
    ).to.equal(0);
  });

  it('leaves alone what has begun to be sent, and closes idle connections once nobody listens', () => {
    const begun = begin();
    begun.headersSent = true;
    const next = begin();
    open.closeConnections();
    expect(begun.headers).to.deep.equal({});
    begun.end();
    expect(server.closedIdle).to.equal(0);
    server.listening = false;
    next.end();
    expect(server.closedIdle).to.equal(1);
  });
});
