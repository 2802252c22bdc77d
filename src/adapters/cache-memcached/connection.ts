import { Client } from 'memjs';
import { UnderWay } from '../remote-server/under-way.ts';
import type { ServerAddress } from '../../domain/cache/servers/server-address.ts';
import {
  type Response,
  type Version,
  addRequest,
  addedVersion,
  checkDeleted,
  deleteVersionRequest,
  foundValue,
  getRequest,
  quietGetRequest,
  touchRequest,
  wasTouched,
} from './requests.ts';
import type { MemcachedConnection } from './memcached-connection.ts';
import { SingleUseServer } from './single-use-server.ts';

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly credentials: () => Promise<Pick<MemcachedConnection, 'username' | 'password' | 'tls'>>;
  /** Called once, when the connection has come to its end, with the reason. */
  readonly onEnd: (reason: Error) => void;
}

/** Any key will do that no thumbnail has. */
const PROBE_KEY = 'probe';

/** memjs would write to the console what is in the rejections anyway. */
const CLIENT_SETTINGS = { retries: 1, logger: { log: () => undefined } };

/** How memjs words the statuses 0x03 and 0x82: the server is well, but has no room for a value of this size. */
const NO_ROOM = /Value too large|Out of memory/;

type Done<T> = (error: unknown, value: T) => void;

/**
 * One connection to one server, from the look-up of its credentials to its end. All requests are on it at once, each
 * answered by its number. It has no deadlines: a caller that waits no longer calls `end`.
 */
export class Connection {
  /** Resolves when the server has answered a first request; a login or a mere TCP connection proves too little. */
  readonly ready: Promise<void>;
  readonly #onEnd: (reason: Error) => void;
  readonly #pending = new UnderWay<(reason: Error) => void>();
  #server: SingleUseServer | undefined;
  #client: Client<Buffer> | undefined;
  #ended: Error | undefined;

  constructor(options: ConnectionOptions) {
    this.#onEnd = options.onEnd;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const place = this.#pending.add(reject);
    this.#open(options).then(
      () => resolve(undefined),
      (error: unknown) => this.end(asError(error)),
    );
    this.ready = promise.finally(() => this.#pending.remove(reject, place));
    // A caller that needs the connection awaits `ready`; often there is none.
    this.ready.catch(() => undefined);
  }

  /** The value, a view of a larger buffer; undefined where there is none. */
  async get(key: string): Promise<Buffer | undefined> {
    return foundValue(await this.#perform(key, (seq) => getRequest(key, seq)));
  }

  /**
   * What is under both keys. The server is silent on the second where it has nothing, and answers in order: that the first
   * is answered says that the second was.
   */
  async getPair(
    key: string,
    rareKey: string,
  ): Promise<readonly [first: Buffer | undefined, rare: Buffer | undefined]> {
    let rare: Response | undefined;
    const response = await this.#request<Response>((client, done) => {
      client.incrSeq();
      const rareSeq = client.seq;
      const forget = this.#server?.expect(rareSeq, (answer) => (rare = answer));
      client.incrSeq();
      const requests = [quietGetRequest(rareKey, rareSeq), getRequest(key, client.seq)];
      client.perform(key, Buffer.concat(requests), client.seq, (error: unknown, answer: Response) => {
        forget?.();
        done(error, answer);
      });
    });
    return [foundValue(response), rare === undefined ? undefined : foundValue(rare)];
  }

  /**
   * Whether the server had room for it.
   *
   * @param seconds at least 1; more than 30 days would be taken for a date
   */
  async set(key: string, value: Buffer, seconds: number): Promise<boolean> {
    try {
      await this.#request((client, done) => client.set(key, value, { expires: seconds }, done));
      return true;
    } catch (error) {
      if (!NO_ROOM.test(asError(error).message)) throw error;
      return false;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#request((client, done) => client.delete(key, done));
  }

  /**
   * Stores the value where there is none under the key, and resolves with the version that it has there; with `no-room` where
   * the server has none for it, and with undefined where there is one already.
   *
   * @param seconds at least 1, at most 30 days
   */
  async add(key: string, value: Buffer, seconds: number): Promise<Version | 'no-room' | undefined> {
    return addedVersion(await this.#perform(key, (seq) => addRequest(key, value, seconds, seq)));
  }

  /** Gives what is under the key another time to live; whether there is something. */
  async touch(key: string, seconds: number): Promise<boolean> {
    return wasTouched(await this.#perform(key, (seq) => touchRequest(key, seconds, seq)));
  }

  /** Deletes what is under the key if it is this version. */
  async deleteVersion(key: string, version: Version): Promise<void> {
    checkDeleted(await this.#perform(key, (seq) => deleteVersionRequest(key, version, seq)));
  }

  /** Ends the connection and rejects all that is under way, with the reason. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#server?.error(reason);
    for (const reject of this.#pending) reject(reason);
    this.#onEnd(reason);
  }

  async #open({ address, credentials }: ConnectionOptions): Promise<void> {
    const { username, password, tls } = await credentials();
    if (this.#ended !== undefined) throw this.#ended;
    const onEnd = (reason: Error) => this.end(reason);
    const server = new SingleUseServer({ address, username, password, tls, onEnd });
    this.#server = server;
    this.#client = new Client<Buffer>([server], { ...CLIENT_SETTINGS });
    await this.#request((_client, done) => server.sock(false, () => done(null, undefined)));
    await this.get(PROBE_KEY);
  }

  /** What memjs has no method for. */
  #perform(key: string, requestFor: (seq: number) => Buffer): Promise<Response> {
    return this.#request((client, done) => {
      client.incrSeq();
      client.perform(key, requestFor(client.seq), client.seq, done);
    });
  }

  /** Does not rely on memjs's callbacks: `end` rejects what is pending. */
  #request<T>(send: (client: Client<Buffer>, done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined || this.#client === undefined) throw this.#ended ?? new Error('not open');
      const place = this.#pending.add(reject);
      send(this.#client, (error, value) => {
        this.#pending.remove(reject, place);
        if (error) reject(asError(error));
        else resolve(value);
      });
    });
  }
}

/** memjs rejects with strings too. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
