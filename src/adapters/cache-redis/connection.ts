import type { Redis } from 'ioredis';
import { UnderWay } from '../remote-server/under-way.ts';
import { gatherWrites } from '../remote-server/gather-writes.ts';
import { createClient } from './client.ts';
import { isReply, loginError, requestError } from './redis-errors.ts';
import type { RedisAddress } from './redis-address.ts';

export interface ConnectionOptions {
  readonly address: () => Promise<RedisAddress>;
  /** Asked for first, to see that the server answers: one that has no entry, and that the user may read. */
  readonly probeKey: string;
  /** Called once, when the connection has come to its end, with the reason. */
  readonly onEnd: (reason: Error) => void;
}

/**
 * One connection to one server, from the look-up of its address to its end. All requests are on it at once, answered in
 * their order. It has no deadlines: a caller that waits no longer calls `end`.
 *
 * An operation that the server answers with an error rejects with an ErrorReply, and the connection stays as it is.
 */
export class Connection {
  /** Resolves when the server has answered a first request; a login or a mere TCP connection proves too little. */
  readonly ready: Promise<void>;
  readonly #onEnd: (reason: Error) => void;
  readonly #pending = new UnderWay<(reason: Error) => void>();
  #client: Redis | undefined;
  #ended: Error | undefined;
  #askedCount = 0;
  #runId = '';

  constructor({ address, probeKey, onEnd }: ConnectionOptions) {
    this.#onEnd = onEnd;
    this.ready = this.#untilEnd(this.#open(address, probeKey));
    // A caller that needs the connection awaits `ready`; often there is none.
    this.ready.catch((error: unknown) => this.end(error as Error));
  }

  /**
   * What this run of the server is called, once `ready`: another one may begin with older data, from a snapshot or as
   * another server that takes over. Empty where the server does not say.
   */
  get runId(): string {
    return this.#runId;
  }

  async get(key: string): Promise<Buffer | undefined> {
    return (await this.#request((client) => client.getBuffer(key))) ?? undefined;
  }

  async set(key: string, value: Buffer, ttlMs: number): Promise<void> {
    await this.#request((client) => client.set(key, value, 'PX', ttlMs));
  }

  /** Whether there was nothing under the key, which now has this value. */
  async setIfAbsent(key: string, value: string | Buffer, ttlMs: number): Promise<boolean> {
    return (await this.#request((client) => client.set(key, value, 'PX', ttlMs, 'NX'))) !== null;
  }

  async delete(key: string): Promise<void> {
    await this.#request((client) => client.del(key));
  }

  /** Whether there was something under the key, which now has this value. */
  async setIfPresent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.#request((client) => client.set(key, value, 'PX', ttlMs, 'XX'))) !== null;
  }

  /** Ends the connection and rejects all that is under way, with the reason. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#client?.disconnect();
    for (const reject of this.#pending) reject(reason);
    this.#onEnd(reason);
  }

  async #open(address: ConnectionOptions['address'], probeKey: string): Promise<void> {
    const { username, password, database, ...server } = await address();
    if (this.#ended !== undefined) throw this.#ended;
    const client = createClient({
      ...server,
      askedCount: () => this.#askedCount,
      onEnd: (reason) => this.end(reason),
    });
    this.#client = client;
    await client.connect();
    if (password !== undefined) await this.#logIn(username, password);
    if (database > 0) await this.#request((ready) => ready.select(database));
    await this.get(probeKey);
    this.#runId = await this.#askRunId();
  }

  /** Not every user may ask, and not every server that speaks Redis's protocol can say. */
  async #askRunId(): Promise<string> {
    try {
      const info = await this.#request((client) => client.info('server'));
      return /^run_id:([\w-]{1,64})\r?$/m.exec(info)?.[1] ?? '';
    } catch (error) {
      if (isReply(error as Error)) return '';
      throw error;
    }
  }

  async #logIn(username: string | undefined, password: string): Promise<void> {
    try {
      await this.#request((client) =>
        username === undefined ? client.auth(password) : client.auth(username, password),
      );
    } catch (error) {
      throw loginError(error as Error);
    }
  }

  #request<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (this.#ended !== undefined || client === undefined)
      return Promise.reject(this.#ended ?? new Error('not open'));
    this.#askedCount += 1;
    gatherWrites(client.stream);
    return this.#untilEnd(send(client));
  }

  /** Does not rely on ioredis's promises: `end` rejects what is pending. */
  #untilEnd<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const place = this.#pending.add(reject);
      work.then(
        (value) => {
          this.#pending.remove(reject, place);
          resolve(value);
        },
        (error: unknown) => {
          this.#pending.remove(reject, place);
          reject(requestError(error as Error));
        },
      );
    });
  }
}
