import type { HostNames } from '../../src/adapters/fetch-got/index.ts';
import { NameResolver } from '../../src/adapters/resolve-names/index.ts';

/** Names for tests that are to ask no name server: the hosts file, and `localhost`. */
export const localNames = (): HostNames =>
  new NameResolver({ servers: ['127.0.0.1:1'], timeoutMs: 500, queueTimeoutMs: 5000 });

/** Where nock takes the place of connections, so that it does not matter what a name resolves to. */
export const ANY_NAME: HostNames = {
  resolve: () => Promise.resolve([{ address: '1.1.1.1', family: 4 }]),
  isInside: () => false,
};
