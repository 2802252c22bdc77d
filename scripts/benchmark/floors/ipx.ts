/** A peer of misses over HTTP, as a process: ipx, the image server of unjs, which resizes with a sharp of its own. */
import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../child.ts';

/** Those of its exports that are used. It is not installed with the project: it brings another libvips. */
interface Ipx {
  readonly ipxHttpStorage: (options: { allowAllDomains: boolean }) => unknown;
  readonly createIPX: (options: { storage: unknown; httpStorage: unknown }) => unknown;
  readonly createIPXNodeServer: (ipx: unknown) => RequestListener;
}

const handlers = {
  /** @returns the port that it listens on */
  async listen(name: string): Promise<number> {
    const { createIPX, createIPXNodeServer, ipxHttpStorage } = (await import(name)) as Ipx;
    const storage = ipxHttpStorage({ allowAllDomains: true });
    const server = createServer(createIPXNodeServer(createIPX({ storage, httpStorage: storage })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
};
export type IpxServer = typeof handlers;
answerParent(handlers);
