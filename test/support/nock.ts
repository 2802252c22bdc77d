import nock from 'nock';

/*
 * While nock is active it stands between every client in the process and its sockets, not only where hosts are stubbed
 * and not only for HTTP: it replaces `net.Socket.prototype.connect`, and a connection that passes through it does not
 * behave as on a real network (a plain socket reports to be connected where nobody accepts). Importing it activates it.
 * So mocha loads this file first, and each suite that stubs hosts says so.
 */
nock.restore();

/** Inside a `describe`: hosts can be stubbed in its tests, and none that is not can be reached. */
export function useNock(): void {
  before(() => {
    nock.activate();
    nock.disableNetConnect();
  });

  after(() => {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  });
}
