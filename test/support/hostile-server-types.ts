import type { ServerDeadlines } from '../../src/adapters/remote-server/circuit-breaker.ts';
import type { CacheKey } from '../../src/domain/cache/cache-key.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';
import type { HostileServer, Meeting } from './hostile-server.ts';

/** What the suite has to know of a protocol. */
export interface FakeProtocol<Request, Server extends HostileServer<Request>> {
  readonly start: () => Promise<Server>;
  readonly honest: Meeting<Request>;
  readonly keyOf: (request: Request) => string;
  /** Under which the cache stores the entry of a key. */
  readonly storedKey: (key: CacheKey) => string;
  /** The bytes with which a get is answered. */
  readonly valueAnswer: (request: Request, value: Buffer | undefined) => Buffer;
  /** The beginning of an answer of 4 GiB. */
  readonly hugeAnswer: (request: Request) => Buffer;
}

/** What the server does to every request from now on, and what the error then says. */
export interface Fault<Request> {
  readonly title: string;
  readonly fault: Meeting<Request>;
  readonly says: RegExp;
}

export interface HostileServerContract<Request, Server extends HostileServer<Request>> {
  /** As errors call it: `redis`. */
  readonly name: string;
  readonly fake: FakeProtocol<Request, Server>;
  readonly open: (server: Server, deadlines?: Partial<ServerDeadlines>) => Promise<ThumbnailCache>;
  /** What the errors say of bytes that are not the protocol's, and of the huge answer. */
  readonly says: { readonly garbage: RegExp; readonly huge: RegExp };
  /** More faults, of this protocol alone. */
  readonly faults: readonly Fault<Request>[];
  readonly more?: (world: () => { readonly server: Server; readonly cache: ThumbnailCache }) => void;
}
