import nock from 'nock';

/**
 * Inside a `describe`: takes nock out of the way of its tests. Once any spec has imported it, nock stands between every
 * HTTP client and its sockets, and what passes through it no longer behaves as on a real network.
 */
export function useRealSockets(): void {
  before(() => nock.restore());
  after(() => nock.activate());
}
